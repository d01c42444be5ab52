"""Why, what is missing, what was assumed, and how it is said."""
