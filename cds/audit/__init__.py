"""The record of what was answered."""
