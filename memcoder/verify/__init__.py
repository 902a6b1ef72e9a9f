"""Choose tests, run them, read the outcome, diagnose, judge."""
