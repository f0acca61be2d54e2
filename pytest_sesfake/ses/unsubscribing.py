"""Unsubscribe links: SES writes them into a mail, and a reader follows them to leave a contact list.

The form of these addresses is a [guess]: no captured mail shows one.

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
"""The largest number of placeholders in a mail that SES replaces with the link. Further ones stay unchanged."""
FIELDS = ("List-Unsubscribe", "List-Unsubscribe-Post")
ONE_CLICK = "List-Unsubscribe=One-Click"

_TEXTS = ("text/plain", "text/html")
_MAILBOX = "unsubscribe+"


# In the mail.


def fields(message: Message) -> dict[str, str]:
    """Return the List-Unsubscribe header fields. The result is empty if SES does not manage the subscription."""
    if message.listed is None or not message.listed.linked:
        return {}
    place = f"mailto:{_MAILBOX}{_token(message)}@{_host(message)}"
    return dict(zip(FIELDS, (f"<{place}>, <{url(message)}>", ONE_CLICK), strict=True))


def url(message: Message) -> str:
    """Return the unsubscribe URL of a message."""
    return f"https://{_host(message)}/unsubscribe/{_token(message)}"


def _host(message: Message) -> str:
    return f"email-unsubscribe.{message.region}.amazonaws.com"


def _token(message: Message) -> str:
    return message.region_state.simulation.ids.hex(f"unsubscribe link {message.id}", 64)


def fill_in_links(message: Message) -> bytes:
    """Return the submitted mail with the link in place of the placeholders in its text and html."""
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
        text = _decode(body, encoding)
        count = min(text.count(PLACEHOLDER), left)
        if count:
            left -= count
            pieces += [data[end : part.start], _encode(text.replace(PLACEHOLDER, link, count), encoding)]
            end = part.stop
    return b"".join((*pieces, data[end:]))


def _decode(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return from_base64(body)
    return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


def _encode(text: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return to_base64(text)
    return to_quoted_printable(text) if encoding == "quoted-printable" else text


# Following the link.


def find(simulation: Simulation, token: str) -> Message | None:
    """Return the message whose link has this token, or ``None`` if SES wrote no such link."""
    listed = (message for message in simulation.messages if message.listed is not None and message.listed.linked)
    return next((message for message in listed if _token(message) == token), None)


def by_mail(simulation: Simulation, address: str) -> Message | None:
    """Return the message that has this unsubscribe address, or ``None`` if SES wrote no such address."""
    local, _, host = address.lower().rpartition("@")
    if not local.startswith(_MAILBOX):
        return None
    message = find(simulation, local.removeprefix(_MAILBOX))
    return message if message is not None and _host(message) == host else None


def contact_list(message: Message) -> ContactList | None:
    """Return the contact list of a message, or ``None`` if it has none or the list was deleted."""
    return None if message.listed is None else message.region_state.contact_lists.find(message.listed.contact_list)


def leave(message: Message) -> None:
    """Unsubscribe the reader with one click or by mail: from the topic of the message, or else from the whole list."""
    _record(message, Resubscribed(message.listed.topic if message.listed else None, by_header=True))


def leave_all(message: Message) -> None:
    """Unsubscribe the reader from the whole list on the subscription page of SES."""
    _record(message, Resubscribed(None, by_header=False))


def choose(message: Message, wanted: Iterable[str]) -> None:
    """Set the topics of the reader on the subscription page. All topics that are not ``wanted`` are unsubscribed."""
    chosen = contact_list(message)
    if chosen is not None:
        names = set(wanted)
        topics = tuple((name, name in names) for name in chosen.topics)
        _record(message, Resubscribed(None, by_header=False, chosen=Preferences(nothing=False, topics=topics)))


def _record(message: Message, fact: Resubscribed) -> None:
    simulation = message.region_state.simulation
    with simulation.lock:
        simulation.settle()
        simulation.record(message, message.envelope, fact, simulation.clock.time())
        simulation.changed.notify_all()
