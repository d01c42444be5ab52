"""Frozen dataclasses that pass between the layers."""
