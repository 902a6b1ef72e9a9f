"""A repository's past: commits, diffs, changed symbols, ancestry."""
