"""What is read of an EHR: over connections that were checked, in parts that are whole or not."""
