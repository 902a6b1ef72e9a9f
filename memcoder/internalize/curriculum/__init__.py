"""What an adapter is taught: questions without reference text, made of signed memories by fixed templates."""
