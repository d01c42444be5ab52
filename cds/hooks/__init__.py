"""CDS Hooks 2.0.1: discovery, services that answer with cards, and feedback on them."""
