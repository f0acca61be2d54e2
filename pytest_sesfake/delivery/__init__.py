"""Carries what happened to whoever subscribed."""
