"""One module per stage: what fired becomes part of the decision."""
