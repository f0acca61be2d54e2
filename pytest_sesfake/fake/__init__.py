"""The fake that a test types at: its scripts, its set-up, and what it reads."""
