"""The wire formats: requests to arguments, results to responses."""
