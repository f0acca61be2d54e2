"""A small shop that sends mail through Amazon SES, in three ways, and hears of its bounces."""
