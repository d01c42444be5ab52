"""Who asks, whether it is true, and what they may do."""
