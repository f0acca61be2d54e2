"""The operations of SES and SESv2: one function for each."""
