"""The one send that most tests need: a short text mail, by SendEmail of either API."""

from __future__ import annotations

from typing import Any


def send_email(
    client: Any,
    *to: str,
    sender: str = "me@example.org",
    subject: str = "Hello",
    html: str | None = None,
    **parameters: Any,
) -> str:
    """Send a mail through a client of boto3, to ada@example.com by default, and return its message id.

    ``parameters`` are further parameters of the call, and may replace those that are made here.
    """
    body = {"Text": {"Data": "Hello"}, **({} if html is None else {"Html": {"Data": html}})}
    message = {"Subject": {"Data": subject}, "Body": body}
    if client.meta.service_model.service_name == "ses":
        call: dict[str, Any] = {"Source": sender, "Message": message}
    else:
        call = {"FromEmailAddress": sender, "Content": {"Simple": message}}
    call["Destination"] = {"ToAddresses": list(to) or ["ada@example.com"]}
    message_id: str = client.send_email(**{**call, **parameters})["MessageId"]
    return message_id
