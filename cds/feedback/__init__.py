"""What people answered to decisions: recorded, counted by rule, and exported."""
