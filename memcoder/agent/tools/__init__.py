"""The tools of the `tools` strategy, one a file."""
