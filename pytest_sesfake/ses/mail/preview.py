"""Show a mail to people in a terminal, like a mail program does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_sesfake.ses.messages import Message

_SIZES = ("bytes", "kB", "MB")
_THOUSAND = 1000


def preview(message: Message) -> str:
    """Return the visible header fields, the text (or the text of the html), the links and the attachments."""
    fields = {
        "From": message.sender,
        "To": ", ".join(message.to),
        "Cc": ", ".join(message.cc),
        "Bcc": ", ".join(message.bcc),
        "Reply-To": ", ".join(message.reply_to),
        "Date": f"{message.sent_at:%Y-%m-%d %H:%M:%S} UTC",
        "Subject": message.subject or "",
    }
    parts = ["\n".join(f"{name}: {value}" for name, value in fields.items() if value)]
    body = message.text if message.text is not None else message.html_text
    if body and body.strip():
        parts.append(body.strip("\n"))
    # Links of html do not appear in its text, so list them.
    hidden = [link for link in message.links if link not in (body or "")]
    if hidden:
        parts.append("\n".join(f"Link: {link}" for link in hidden))
    if message.attachments:
        parts.append(
            "\n".join(
                f"Attachment: {attachment.name or 'without a name'} "
                f"({attachment.content_type}, {_size(len(attachment.content))})"
                for attachment in message.attachments
            )
        )
    return "\n\n".join(parts)


def _size(length: float) -> str:
    for unit in _SIZES[:-1]:
        if length < _THOUSAND:
            return f"{length:.3g} {unit}"
        length /= _THOUSAND
    return f"{length:.3g} {_SIZES[-1]}"
