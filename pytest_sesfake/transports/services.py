"""The services of botocore that a fake answers. Modules that may not import botocore need their names too."""

SERVICES = frozenset({"ses", "sesv2"})
"""The names that ``create_client`` takes."""

SERVICE_IDS = frozenset({"SES", "SESv2"})
"""The service ids of signers. They are needed there, because Pinpoint also signs as "ses"."""
