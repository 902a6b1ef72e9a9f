"""Benchmarks as programs over memcoder's public API."""
