"""Mail as SES reads and writes it: addresses, MIME, and what a reader sees."""
