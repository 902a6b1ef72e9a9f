"""What a project's commits do without saying so, counted; and what its guidelines say, quoted. No model is called."""
