"""`python -m memcoder` is the `memcoder` command."""

from memcoder.cli.main import main

main()
