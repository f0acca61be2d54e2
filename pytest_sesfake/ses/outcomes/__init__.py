"""What becomes of a message: outcomes, the scripts that choose them, and the timeline of each recipient."""
