"""Fit: would this project's maintainers merge it? What a patch keeps and breaks of what the project does by custom."""
