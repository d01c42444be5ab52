"""How fast, how large, how it grows: figures against the targets of docs/reference/performance.md."""
