"""What a model knows of a library that no model has seen: bare, with memory in its prompt, and with adapters."""
