"""Bytes to arguments and results to bytes."""
