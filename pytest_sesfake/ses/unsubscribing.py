"""How a reader leaves a contact list: the link that SES writes into a mail, and what following it does.

What the addresses look like is a [guess], as no capture shows one.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-subscription-management.html
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

from pytest_sesfake.ses.events import Preferences, Resubscribed
from pytest_sesfake.ses.mail.encoded_words import from_base64, to_base64, to_quoted_printable
from pytest_sesfake.ses.mail.mime import header_lines, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_sesfake.ses.contacts import ContactList
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.simulation import Simulation

PLACEHOLDER = b"{{amazonSESUnsubscribeUrl}}"
MOST = 2
"""How many placeholders of a mail become the link; further ones stay as they are."""
FIELDS = ("List-Unsubscribe", "List-Unsubscribe-Post")
ONE_CLICK = "List-Unsubscribe=One-Click"

_TEXTS = ("text/plain", "text/html")
_MAILBOX = "unsubscribe+"


# In the mail.


def fields(message: Message) -> dict[str, str]:
    """Return the header fields that a mail client shows its own button for; none where SES manages nothing."""
    if message.listed is None or not message.listed.linked:
        return {}
    place = f"mailto:{_MAILBOX}{_token(message)}@{_host(message)}"
    return dict(zip(FIELDS, (f"<{place}>, <{url(message)}>", ONE_CLICK), strict=True))


def url(message: Message) -> str:
    """Return where the link of a message leads."""
    return f"https://{_host(message)}/unsubscribe/{_token(message)}"


def _host(message: Message) -> str:
    return f"email-unsubscribe.{message.region}.amazonaws.com"


def _token(message: Message) -> str:
    return message.region_state.simulation.ids.hex(f"unsubscribe link {message.id}", 64)


def filled(message: Message) -> bytes:
    """Return the mail as it was submitted, but with the link in its texts where their placeholders are."""
    data = message.submitted
    if message.listed is None or not message.listed.linked:
        return data
    link = url(message).encode()
    pieces, end, left = [], 0, MOST
    for part in walk(data, header_lines(data)):
        if part.content_type not in _TEXTS or part.disposition == "attachment" or part.file_name is not None:
            continue
        body = data[part.start : part.stop]
        encoding = part.fields.get("content-transfer-encoding", "").lower()
        text = _decoded(body, encoding)
        count = min(text.count(PLACEHOLDER), left)
        if count:
            left -= count
            pieces += [data[end : part.start], _encoded(text.replace(PLACEHOLDER, link, count), encoding)]
            end = part.stop
    return b"".join((*pieces, data[end:]))


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return from_base64(body)
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


def _encoded(text: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return to_base64(text)
    return to_quoted_printable(text) if encoding == "quoted-printable" else text


# Following it.


def find(simulation: Simulation, token: str) -> Message | None:
    """Return the message whose link it is, ``None`` if SES wrote no such link."""
    listed = (message for message in simulation.messages if message.listed is not None and message.listed.linked)
    return next((message for message in listed if _token(message) == token), None)


def by_mail(simulation: Simulation, address: str) -> Message | None:
    """Return the message whose reader leaves by a mail to this address, ``None`` if SES wrote no such address."""
    local, _, host = address.lower().rpartition("@")
    if not local.startswith(_MAILBOX):
        return None
    message = find(simulation, local.removeprefix(_MAILBOX))
    return message if message is not None and _host(message) == host else None


def contact_list(message: Message) -> ContactList | None:
    """Return the contact list of a message, ``None`` if it is gone."""
    return None if message.listed is None else message.region_state.contact_lists.find(message.listed.contact_list)


def leave(message: Message) -> None:
    """Let the reader leave, with one click or by mail, what the mail was about: its topic, or the whole list."""
    _happen(message, Resubscribed(message.listed.topic if message.listed else None, by_header=True))


def leave_all(message: Message) -> None:
    """Let the reader leave the whole list on the page that SES shows."""
    _happen(message, Resubscribed(None, by_header=False))


def choose(message: Message, wanted: Iterable[str]) -> None:
    """Let the reader say on the page which topics are wanted, and by that, which are not."""
    chosen = contact_list(message)
    if chosen is not None:
        names = set(wanted)
        topics = tuple((name, name in names) for name in chosen.topics)
        _happen(message, Resubscribed(None, by_header=False, chosen=Preferences(nothing=False, topics=topics)))


def _happen(message: Message, fact: Resubscribed) -> None:
    simulation = message.region_state.simulation
    with simulation.lock:
        simulation.settle()
        simulation.happen(message, message.envelope, fact, simulation.clock.time())
        simulation.changed.notify_all()
