"""What is true of the world: the loaders, and beside them the YAML and CSV they read."""
