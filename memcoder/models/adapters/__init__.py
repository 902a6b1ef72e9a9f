"""Adapters: low-rank weights that hold what a repository's memories taught; their registry, conversion and serving."""
