"""What a candidate must show before it may answer anybody."""
