"""The logs that tests read, and the explanations of failed assertions."""
