"""What follows from what is known: the rules, by stage and topic, and their loader."""
