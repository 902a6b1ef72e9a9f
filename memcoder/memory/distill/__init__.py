"""Distilling: a model fills keywords, problem, root cause and solution of a commit's memory, and is checked."""
