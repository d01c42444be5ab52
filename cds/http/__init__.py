"""What an HTTP edge needs, without a web framework."""
