"""Turn what humans validated into lasting knowledge."""
