"""Proven tasks from a repository's own past: an issue, a base commit, and the tests that the fix makes pass."""
