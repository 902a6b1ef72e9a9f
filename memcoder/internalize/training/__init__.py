"""Training an adapter: what it learns from, and the loop that can be cut off anywhere."""
