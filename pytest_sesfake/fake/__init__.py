"""What a test types: the class ``SesFake``, its settings, scripts and set-up."""
