"""Recall, why and conventions as read-only tools for other agents, over the Model Context Protocol."""
