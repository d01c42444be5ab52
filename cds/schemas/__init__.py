"""What the edges accept: strict fields, request bodies, and the readers that check them."""
