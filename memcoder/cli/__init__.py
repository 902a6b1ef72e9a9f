"""Thin commands, one file each; no logic that another door would need."""
