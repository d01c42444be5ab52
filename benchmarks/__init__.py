"""How fast, how large, how it grows: figures against docs/reference/performance.md."""
