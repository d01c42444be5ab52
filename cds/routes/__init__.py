"""The routes of the JSON interface, one module for each kind of caller."""
