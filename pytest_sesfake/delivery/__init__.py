"""Delivers events and other notifications to the subscribers."""
