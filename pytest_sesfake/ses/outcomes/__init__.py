"""Outcomes of messages, the scripts that choose them, and the timeline of each recipient."""
