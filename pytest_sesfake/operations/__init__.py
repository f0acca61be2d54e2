"""What each call of the API means."""
