"""Practice: past fixes attempted blindly, as of their own time, compared with what was merged, and learned from."""
