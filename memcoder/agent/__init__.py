"""Attempts at an issue: strategies, edits, refinement, selection."""
