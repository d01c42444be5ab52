"""Questions about a decision that decide again: why not, and what if."""
