"""The demonstration: a small repository with a history and an open bug, and the whole line run on it."""
