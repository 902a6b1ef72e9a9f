"""`memcoder eval overhead`: what a step of an agent costs where the model and the command take no time."""
