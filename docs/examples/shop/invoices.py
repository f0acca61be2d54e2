"""The invoice, sent with the standard library over SMTP."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage

HOST = "email-smtp.eu-west-1.amazonaws.com"


def send_invoice(email: str, number: int, pdf: bytes) -> None:
    """Mail an invoice; a copy goes to the accountants."""
    message = EmailMessage()
    message["From"] = "invoices@shop.example"
    message["To"] = email
    message["Subject"] = f"Your invoice {number}"
    message.set_content("Thank you for your order. The invoice is attached.\n")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=f"invoice-{number}.pdf")
    with smtplib.SMTP(HOST, 587, timeout=10) as server:
        server.starttls(context=ssl.create_default_context())
        server.login(os.environ.get("SMTP_USER", "user"), os.environ.get("SMTP_PASSWORD", "password"))
        server.send_message(message, to_addrs=[email, "accountants@shop.example"])
