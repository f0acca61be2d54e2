"""Turns an excerpt into JSON data that workers can send and the HTML page can hold.

The record of a test is small enough for lists of thousands. Data that are shown for one message only are compressed,
and the page unpacks them on demand. An attachment that several messages contain is stored once, by the hash of its
content.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_sesfake.reading.received import Received
from pytest_sesfake.reading.showing import masked, place, redact, show
from pytest_sesfake.report.excerpt import kind, reason, statuses
from pytest_sesfake.ses.mail.html_text import to_prose
from pytest_sesfake.ses.mail.views import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pytest_sesfake.delivery.notifications import Notification, TargetResponse
    from pytest_sesfake.reading.received import ActionTaken
    from pytest_sesfake.report.excerpt import Excerpt
    from pytest_sesfake.ses.calls import Call
    from pytest_sesfake.ses.events import Event
    from pytest_sesfake.ses.mail.views import Attachment, View
    from pytest_sesfake.ses.messages import Message
    from pytest_sesfake.ses.system_mail import SystemMail

Json = dict[str, Any]

MOST_PARAMS = 20_000
"""The most characters that are kept of a refused call's parameters."""

_WORTH_SHARING = 1_000  # bytes; the source refers to an attachment of this size, and does not repeat it
_LINE = 76  # characters of base64 in a line of a mail, RFC 2045
_NAMED_IN_LIST = 3


def record(seen: Excerpt) -> Json:
    """Return the data that the page needs for one test.

    ``messages`` are the lines of its list, and ``refused`` counts refused calls. Four entries are compressed: ``pages``
    (the details of each message), ``words`` (the texts for searches), ``detail`` (the details of the test) and
    ``blobs`` (the contents of attachments by hash). If that fails, ``lost`` says why; it raises nothing.
    """
    try:
        return _record(seen)
    except Exception as error:  # noqa: BLE001 - broken mail must not end the run
        return lost(f"The data of this test cannot be shown. {type(error).__name__}: {error}")


def lost(why: str) -> Json:
    """Return a record without data. ``why`` is the reason, which the page shows."""
    return {
        "messages": [],
        "refused": 0,
        "pages": [],
        "words": _packed([]),
        "detail": _packed({}),
        "blobs": {},
        "lost": why,
    }


def pack(data: bytes) -> str:
    """Return bytes as ASCII text: a zlib stream in base64."""
    return base64.b64encode(zlib.compress(data)).decode("ascii")


def _record(seen: Excerpt) -> Json:
    fates = seen.fates()
    calls = {message: call for call in seen.calls for message in call.messages}
    blobs: dict[str, str] = {}
    mails = [_message(message, fates.get(message, []), blobs, calls.get(message)) for message in seen.messages]
    mails += [_system_mail(mail, blobs) for mail in seen.system_mail]
    mails += [_received(Received(reception), blobs) for reception in seen.receptions]
    numbers = {message: number for number, message in enumerate(seen.messages)}
    detail = {
        "calls": [_call(call, numbers) for call in seen.calls],
        "events": _timeline(seen, fates, numbers),
        "notifications": [_notification(notification, numbers) for notification in seen.notifications],
    }
    return {
        "messages": [line for line, _ in mails],
        "refused": len(seen.refused),
        "pages": [_packed(page) for _, page in mails],
        "words": _packed([_words(page) for _, page in mails]),
        "detail": _packed(detail),
        "blobs": blobs,
    }


def _packed(value: Json | list[str]) -> str:
    # Escaped as ASCII, because broken mail may hold lone surrogates, which UTF-8 cannot encode.
    return pack(json.dumps(value, separators=(",", ":"), default=_plain).encode("ascii"))


def _plain(value: object) -> str:
    """Return a value that JSON does not know as a text, such as bytes or a datetime."""
    return value.decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else str(value)


# Messages, mail of SES, and incoming mail.


def _message(message: Message, events: Sequence[Event], blobs: dict[str, str], call: Call | None) -> tuple[Json, Json]:
    status = statuses(message, events)
    raw = message.raw  # the mail that recipients get, which may differ from the one that the application gave
    view = parse(raw)
    line = _line(message, view, message.to or list(message.recipients), status.values())
    page = {
        **_mail(message, view, raw, blobs),
        "envelope": {"from": message.source, "to": list(message.recipients)},
        "cc": message.cc,
        "bcc": message.bcc,
        "reply_to": message.reply_to,
        "status": status,
        "api": message.api,
        "operation": message.operation,
        "caller": place(call.caller) if call is not None and call.caller else None,
        "return_path": message.return_path,
        "configuration_set": message.configuration_set,
        "tags": message.tags,
        "template": message.template,
        "template_data": message.template_data,
        "tenant": message.tenant,
        "contact_list": list(message.listed) if message.listed is not None else None,
        "events": [_event(event) for event in events],
    }
    return line, page


def _system_mail(mail: SystemMail, blobs: dict[str, str]) -> tuple[Json, Json]:
    raw = mail.raw
    view = parse(raw)
    line = {**_line(mail, view, mail.to, ()), "system_mail": mail.kind}
    page = {
        **_mail(mail, view, raw, blobs),
        "envelope": {"from": mail.sender, "to": mail.to},
        "system_mail": mail.kind,
    }
    return line, page


class _Mail(NamedTuple):
    """The data of an incoming mail, with the attribute names of `Message` and `SystemMail`."""

    id: str | None
    region: str
    sent_at: datetime
    subject: str | None
    sender: str
    to: list[str]
    html: str | None
    text: str | None


def _received(received: Received, blobs: dict[str, str]) -> tuple[Json, Json]:
    raw, view = received.raw, received.view
    envelope = [*received.recipients, *received.refused]
    mail = _Mail(
        received.message_id,
        received.region,
        received.received_at,
        view.subject,
        view.headers.get("From") or received.source,
        view.addresses("To") or envelope,
        view.html,
        view.text,
    )
    reply = f"{received.reply} {received.reply_text}"
    line = {**_line(mail, view, mail.to, ()), "received": True, "is_refused": not received.accepted}
    page = {
        **_mail(mail, view, raw, blobs),
        "envelope": {"from": received.source, "to": envelope},
        "cc": view.addresses("Cc"),
        "reply_to": view.addresses("Reply-To"),
        "received": {"reply": reply, "is_refused": not received.accepted, "refused": received.refused},
        "actions": [_action(action) for action in received.actions],
    }
    return line, page


def _action(action: ActionTaken) -> Json:
    error = action.error
    return {
        "type": action.type,
        "rule": action.rule,
        "recipients": action.recipients,
        "url": action.url,
        "answer": redact(str(action.answer)) if action.answer is not None else None,
        "error": redact(f"{type(error).__name__}: {error}") if error is not None else None,
        "event": action.event if action.type == "Lambda" else None,
    }


def _line(mail: Message | SystemMail | _Mail, view: View, to: Sequence[str], states: Iterable[str]) -> Json:
    return {
        "subject": mail.subject,
        "from": mail.sender,
        "to": list(to[:_NAMED_IN_LIST]),
        "more": max(0, len(to) - _NAMED_IN_LIST),
        "at": mail.sent_at.timestamp(),
        "states": sorted(set(states)),
        "attached": sum(not attachment.inline for attachment in view.attachments),
    }


def _mail(mail: Message | SystemMail | _Mail, view: View, raw: bytes, blobs: dict[str, str]) -> Json:
    return {
        "id": mail.id,
        "region": mail.region,
        "at": mail.sent_at.timestamp(),
        "subject": mail.subject,
        "from": mail.sender,
        "to": mail.to,
        "html": mail.html,
        "text": mail.text,
        "links": view.links,
        "headers": view.headers.items(),
        "attachments": [_attachment(attachment, blobs) for attachment in view.attachments],
        "source": _source(raw, view.attachments),
    }


_BLANKS = re.compile(r"\s+")


def _words(page: Json) -> str:
    """Return the text that a search on the page looks into, in lower case."""
    envelope = page["envelope"]
    parts = [
        page["subject"],
        page["id"],
        page["from"],
        envelope["from"],
        *page["to"],
        *page.get("cc", ()),
        *envelope["to"],
    ]
    parts += [page.get("template"), page.get("configuration_set"), page["text"]]
    parts += [to_prose(page["html"]) if page["html"] else None]
    parts += [word for tag in page.get("tags", {}).items() for word in tag]
    parts += [attachment["name"] for attachment in page["attachments"]]
    return _BLANKS.sub(" ", "\n".join(filter(None, parts))).lower()


def _attachment(attachment: Attachment, blobs: dict[str, str]) -> Json:
    name = _name_of(attachment.content)
    if name not in blobs:
        blobs[name] = pack(attachment.content)
    return {
        "name": attachment.name,
        "type": attachment.content_type,
        "size": len(attachment.content),
        "cid": attachment.content_id,
        "inline": attachment.inline,
        "blob": name,
    }


def _name_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _source(raw: bytes, attachments: Iterable[Attachment]) -> list[str | Json]:
    """Return the source of a mail as pieces: texts with one character per byte, and references to attachments.

    A reference stands for the attachment in base64, in lines of 76 characters that end with ``end``. Almost all mail
    has this form. An attachment in another form stays in the text.
    """
    pieces: list[str | Json] = []
    begin = 0
    for attachment in attachments:
        if len(attachment.content) < _WORTH_SHARING:
            continue
        digits = base64.b64encode(attachment.content)
        lines = [digits[place : place + _LINE] for place in range(0, len(digits), _LINE)]
        for end in (b"\r\n", b"\n"):
            body = end.join(lines)
            found = raw.find(body, begin)
            if found >= 0:
                pieces += [
                    raw[begin:found].decode("latin-1"),
                    {"blob": _name_of(attachment.content), "end": end.decode()},
                ]
                begin = found + len(body)
                break
    return [*pieces, raw[begin:].decode("latin-1")]


# Events, notifications and calls.


def _event(event: Event) -> Json:
    return {**_happening(event.at, event.recipients, event.fact), "body": event.payload()}


def _happening(at: float, recipients: Sequence[str], fact: Any) -> Json:
    return {
        "type": fact.type,
        "at": at,
        "recipients": list(recipients),
        "kind": kind(fact),
        "says": redact(reason(fact) or str(getattr(fact, "response", ""))),
    }


def _timeline(seen: Excerpt, fates: dict[Message, list[Event]], numbers: dict[Message, int]) -> list[Json]:
    """Return all events of a test, and then the scheduled ones.

    An event of a message in this record refers to the message's page, which has its JSON. Other events bring their own.
    """
    places = {id(event): place for events in fates.values() for place, event in enumerate(events)}
    entries: list[Json] = []
    for event in seen.events:
        number = numbers.get(event.message)
        if number is None:
            entries.append({**_event(event), "subject": event.message.subject})
        else:
            happening = _happening(event.at, event.recipients, event.fact)
            entries.append({**happening, "message": number, "place": places[id(event)]})
    for at, _, message, recipients, fact in seen.waiting:
        entries.append({**_happening(at, recipients, fact), "message": numbers.get(message), "due": True})
    return entries


def _notification(notification: Notification, numbers: dict[Message, int]) -> Json:
    event = notification.event
    return {
        "type": notification.type,
        "at": notification.at,
        "recipients": notification.recipients,
        "to": notification.topic,
        "message": numbers.get(event.message) if event is not None else None,
        "body": notification.body,
        "answers": [_answer(answer) for answer in notification.responses],
    }


def _answer(answer: TargetResponse) -> Json:
    status = None if answer.status is None else str(answer.status)
    error = None if answer.error is None else redact(f"{type(answer.error).__name__}: {answer.error}")
    who = answer.target if isinstance(answer.target, str) else show(answer.target)
    said = "left in the queue" if answer.unprocessed else error or status or "taken"
    return {"who": redact(who), "ok": answer.ok, "said": said}


def _call(call: Call, numbers: dict[Message, int]) -> Json:
    entry: Json = {
        "api": call.api,
        "operation": call.operation,
        "region": call.region,
        "at": call.time,
        "status": call.status,
        "attempts": call.attempts,
        "caller": place(call.caller) if call.caller else None,
        "messages": [numbers[message] for message in call.messages if message in numbers],
        "recipients": list(call.recipients),
    }
    if call.error is not None:
        params = redact(json.dumps(masked(call.params), ensure_ascii=False, indent=1, default=_plain))
        entry |= {
            "error": call.error,
            "text": redact(call.text or ""),
            "scripted": call.fault is not None and call.fault.kind not in ("accept", "slow"),
            "params": params if len(params) <= MOST_PARAMS else params[:MOST_PARAMS] + " …",
        }
    return entry
