"""Recorded decisions, made again: under their own knowledge, the present one, or any other."""
