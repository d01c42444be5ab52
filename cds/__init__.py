"""Explained, rule-based decision support for exercise therapy."""

__version__ = "0.1.0"
