"""`memcoder eval stream`: tasks in the order of time, memory written back after each, and what that changes."""
