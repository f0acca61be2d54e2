"""What is true in SES."""
