"""The rules are evaluated twice, by a Rete network and by plain Python, and must agree."""
