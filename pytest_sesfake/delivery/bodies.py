"""The JSON in which SES reports events. It is built from the event at each call.

There are two families with common parts. *Event publishing* goes to the event destinations of a configuration set
(``payload``). *Identity notifications* go to the topics of an identity (``feedback``). SES has changed both over the
years; this module has the newest captured form: 2026 for events, 2022 for identity notifications. ``[guess]`` marks
what no capture shows.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_sesfake.delivery.details import BODIES, Body, iso
from pytest_sesfake.ses.authorization import CALLER, SOURCE_IP
from pytest_sesfake.ses.events import Clicked, Delivered, Opened, Sent, Unrendered
from pytest_sesfake.ses.mail.addresses import parse_address, split
from pytest_sesfake.ses.mail.compose import mail_date, received_field
from pytest_sesfake.ses.mail.encoded_words import decode
from pytest_sesfake.ses.messages import RawMessage
from pytest_sesfake.ses.regions import OUTGOING_IP

if TYPE_CHECKING:
    from pytest_sesfake.delivery.details import Json
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.messages import Message

Lines = list[tuple[str, str]]

TLS = "TLSv1.3"
"""The TLS version of the application's connection and of the remote server's."""
MOST_HEADER_BYTES = 10 * 1024
"""The number of bytes of header fields that SES includes at most."""


# The three JSON forms of an event.


def body_of(event: Event) -> Body:
    """Return the registered body for the event's kind of fact."""
    return BODIES[type(event.fact)]


def detail(event: Event) -> Json:
    """Return the object of this event type: ``bounce``, ``delivery``, ``complaint`` and so on."""
    return body_of(event).make(event, event.fact)


def payload(event: Event) -> Json:
    """Return the event as event publishing sends it. No event destination needs to be configured."""
    return _reported(event, "eventType", _published_mail(event))


def feedback(event: Event, *, headers: bool = False) -> Json:
    """Return the event as an identity's topic gets it.

    ``headers`` stands for the identity's setting that includes the original headers; SES has it off by default. An
    event type that identities do not publish, such as Send, raises ValueError.
    """
    told = body_of(event)
    if not told.feedback:
        known = ", ".join(sorted(each.name for each in BODIES.values() if each.feedback))
        raise ValueError(
            f"SES sends no identity notification of a {event.type} event, only of {known}; payload() has every event"
        )
    return _reported(event, "notificationType", _notified_mail(event, headers=headers))


def payload_text(event: Event) -> str:
    """Return the text that event publishing sends: the payload on one line, with a newline at the end."""
    return json_text(payload(event)) + "\n"


def feedback_text(event: Event, *, headers: bool = False) -> str:
    """Return the text of an identity notification: the feedback on one line, without a newline at the end."""
    return json_text(feedback(event, headers=headers))


def _reported(event: Event, title: str, mail: Json) -> Json:
    told = body_of(event)
    parts: list[tuple[str, Any]] = [("mail", mail), (told.key, told.make(event, event.fact))]
    return dict([(title, told.name), *(reversed(parts) if told.leads else parts)])


def json_text(told: Json) -> str:
    """Return JSON as SES writes it: on one line, without a newline at the end."""
    # A header may contain half of a surrogate pair, which UTF-8 cannot encode.
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode("utf-8")


# The mail object. Each family has its own form of it.


def _published_mail(event: Event) -> Json:
    message = event.message
    # SES renders a template after the Send event. So that event has neither the identity nor all headers.
    is_rendered = not (_is_templated(message) and isinstance(event.fact, Sent))
    lines = _header_lines(message, is_rendered=is_rendered)
    shown, is_truncated = within_limit(lines)
    headers = {
        "headersTruncated": is_truncated,
        "headers": [{"name": name, "value": decode(value)} for name, value in shown],
        "commonHeaders": common_headers(shown, message.id),
    }
    if isinstance(event.fact, Unrendered):  # no mail was made, so SES sends only the first key
        headers = {"headersTruncated": False}
    return {
        "timestamp": iso(message.sent_time),
        "source": message.source,
        **({"sourceArn": message.source_arn} if is_rendered and not isinstance(event.fact, _READING) else {}),
        "sendingAccountId": message.region_state.account_id,
        "messageId": message.id,
        "destination": list(message.recipients),
        **headers,
        "tags": _tags(event, lines),
    }


_READING = (Opened, Clicked)


def _notified_mail(event: Event, *, headers: bool) -> Json:
    message = event.message
    mail: Json = {
        "timestamp": iso(message.sent_time),
        "source": message.source,
        "sourceArn": message.source_arn,
        "sourceIp": SOURCE_IP,
        "callerIdentity": CALLER,
        "sendingAccountId": message.region_state.account_id,
        "messageId": message.id,
        "destination": list(message.recipients),
    }
    if headers:
        shown, is_truncated = within_limit(_header_lines(message, is_rendered=True))
        mail["headersTruncated"] = is_truncated
        mail["headers"] = [{"name": name, "value": decode(value)} for name, value in shown]
        mail["commonHeaders"] = common_headers(shown, None)
    return mail


def _tags(event: Event, lines: Lines) -> dict[str, list[str]]:
    message = event.message
    is_delivery = isinstance(event.fact, Delivered)
    sender = next((value for name, value in lines if name.lower() == "from"), "")
    tags: dict[str, str | None] = {
        "ses:source-tls-version": TLS,
        "ses:operation": _operation(message),
        # Without a configuration set SES publishes nothing, so no capture shows this tag missing. [guess]
        "ses:configuration-set": message.configuration_set,
        "ses:outgoing-tls-version": TLS if is_delivery else None,
        "ses:source-ip": SOURCE_IP,
        "ses:from-domain": next((parse_address(each).domain for each in split(sender)), None),
        "ses:tenant-name": message.tenant,
        **message.tags,
        "ses:caller-identity": CALLER,
        "ses:outgoing-ip": OUTGOING_IP if is_delivery else None,
    }
    return {name: [value] for name, value in tags.items() if value is not None}


def _operation(message: Message) -> str:
    """Return the operation under its name in API v1. That events use these names for API v2, too, is a [guess]."""
    if message.operation is None:
        return "SendSmtpEmail"
    if message.operation == "SendBulkEmail":
        return "SendBulkTemplatedEmail"
    if message.operation == "SendEmail" and isinstance(message, RawMessage):
        return "SendRawEmail"
    if message.operation == "SendEmail" and _is_templated(message):
        return "SendTemplatedEmail"
    return message.operation


def _is_templated(message: Message) -> bool:
    return message.template is not None or message.template_data is not None


# The header fields of a mail, the same in both families.


def _header_lines(message: Message, *, is_rendered: bool) -> Lines:
    lines = list(message.header_lines)
    if not is_rendered:
        lines = [(name, value) for name, value in lines if name.lower() in _BEFORE_RENDERING]
    elif _is_templated(message):
        lines.insert(0, ("Date", mail_date(message.sent_time)))
    if message.api == "smtp":
        lines.insert(0, ("Received", received_field(message)))
    return lines


def within_limit(lines: Lines) -> tuple[Lines, bool]:
    """Return the header fields within the size limit, and whether some were left out."""
    room = MOST_HEADER_BYTES
    for place, (name, value) in enumerate(lines):
        room -= len(f"{name}: {value}\r\n".encode("utf-8", "replace"))
        if room < 0:
            return lines[:place], True
    return lines, False


_BEFORE_RENDERING = frozenset({"from", "reply-to", "to", "cc", "mime-version"})

_COMMON = (
    ("returnPath", "return-path", False),
    ("from", "from", True),
    ("sender", "sender", False),
    ("replyTo", "reply-to", True),
    ("date", "date", False),
    ("to", "to", True),
    ("cc", "cc", True),
    ("bcc", "bcc", True),
    ("messageId", "message-id", False),
    ("subject", "subject", False),
)
"""The common headers in the order of SES: the key, the header field, and whether it is a list of addresses."""


def common_headers(shown: Lines, message_id: str | None) -> Json:
    """Return the ``commonHeaders`` object. ``message_id`` replaces the mail's own Message-ID if it is not ``None``."""
    found: Json = {}
    for key, field, is_list in _COMMON:
        values = [value for name, value in shown if name.lower() == field]
        if key == "messageId" and message_id is not None:
            found[key] = message_id
        elif values:
            found[key] = [_address(each) for value in values for each in split(value)] if is_list else decode(values[0])
    return found


_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TO_ESCAPE = re.compile(r'["\\]')
_NO_PHRASE = re.compile(r"[^A-Za-z0-9!#$%&'*+/=?^_`{|}~ \t-]")


def _address(given: str) -> str:
    """Return a header address in the form that SES writes, as Java does: it quotes a display name only if needed."""
    name, opened, plain = given.rpartition("<")
    if not opened:
        return given
    name = name.strip()
    quoted = _QUOTED.fullmatch(name)
    name = decode(name if quoted is None else _ESCAPED.sub(r"\1", quoted[1]))
    if not name:
        return plain.rstrip().removesuffix(">")
    if _NO_PHRASE.search(name):
        name = '"' + _TO_ESCAPE.sub(r"\\\g<0>", name) + '"'
    return f"{name} <{plain}"
