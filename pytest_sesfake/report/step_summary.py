"""The step summary of GitHub Actions: a page in Markdown with the mail of failed tests.

The mail is untrusted. So each test is one block of HTML without an empty line: Markdown has no meaning in it, and all
text is escaped. A line break of a mail is an entity, because an empty line would end the block.
"""

from __future__ import annotations

import base64
import json
import zlib
from html import escape
from typing import TYPE_CHECKING, Any

from pytest_sesfake.reading.showing import redact, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Json = dict[str, Any]

MOST_BYTES = 900_000
"""GitHub shows no summary of a step above 1 MiB."""

MOST_MESSAGES = 20
MOST_TEXT = 2_000
"""How many characters of a mail's text are shown."""

MOST_FAILURE = 4_000
"""How many characters of a failure's text are shown, of its end."""

_WIDTH = 200
_HEAD = "## Mail of failed tests\n\n"


def page(tests: Sequence[tuple[str, str, Json]]) -> str:
    """Return the page. Each test is its id, the text of its failure, and its record as ``records.record`` made it."""
    parts = [_HEAD]
    room = MOST_BYTES - len(_HEAD) - _WIDTH
    for number, (test, failure, record) in enumerate(tests):
        part = f"{_test(test, failure, record)}\n\n"
        room -= len(part.encode("utf-8", "replace"))
        if room < 0:
            parts.append(f"The mail of {_counted(len(tests) - number, 'more failed test')} is not shown.\n\n")
            break
        parts.append(part)
    return "".join(parts)


def _test(test: str, failure: str, record: Json) -> str:
    pages = [_unpacked(packed) for packed in record["pages"]]
    refused = [call for call in _unpacked(record["detail"]).get("calls", ()) if call.get("error")]
    lines = [f"<details open><summary>{_code(test)}</summary>", _block(_end(redact(failure)))]
    if record.get("lost"):
        lines.append(f"<p>{_text(record['lost'])}</p>")
    elif not pages:
        lines.append("<p>It sent no mail.</p>")
    else:
        lines += _table(pages[:MOST_MESSAGES])
        lines += [_mail(number, mail) for number, mail in enumerate(pages[:MOST_MESSAGES], 1)]
    if len(pages) > MOST_MESSAGES:
        lines.append(f"<p>{_counted(len(pages) - MOST_MESSAGES, 'more message')} not shown.</p>")
    if refused:
        lines.append(f"<p>{_counted(len(refused), 'call')} refused:</p>")
        lines.append(_block("\n".join(map(_call, refused[:MOST_MESSAGES]))))
    return "\n".join([*lines, "</details>"])


def _table(pages: Sequence[Json]) -> Iterable[str]:
    yield "<table><tr><th>#</th><th>Subject</th><th>From</th><th>To</th><th>Status</th></tr>"
    for number, mail in enumerate(pages, 1):
        cells = (mail["subject"] or "", mail["from"] or "", ", ".join(mail["envelope"]["to"]), _status(mail))
        yield f"<tr><td>{number}</td>{''.join(f'<td>{_code(cell)}</td>' for cell in cells)}</tr>"
    yield "</table>"


def _status(mail: Json) -> str:
    if "received" in mail:
        return f"received, {mail['received']['reply']}"
    if "system_mail" in mail:
        return f"written by SES: {mail['system_mail']}"
    found: Mapping[str, str] = mail["status"]
    if len(set(found.values())) == 1:
        return next(iter(found.values()))
    return ", ".join(f"{address}: {state}" for address, state in found.items())


def _mail(number: int, mail: Json) -> str:
    text = redact(mail["text"] or mail["html"] or "")
    more = " …" if len(text) > MOST_TEXT else ""
    return f"<details><summary>Text of {number}</summary>{_block(text[:MOST_TEXT] + more)}</details>"


def _call(call: Json) -> str:
    text = f": {redact(call['text'])}" if call.get("text") else ""
    return f"{call['operation'] or call['api']} {call['error']}{text}"


def _code(text: str) -> str:
    return f"<code>{_text(shorten(redact(text), _WIDTH))}</code>"


def _block(text: str) -> str:
    """Return a text with its lines. GitHub makes no links and no mentions in it."""
    return f"<pre>{'&#10;'.join(map(_text, text.splitlines()))}</pre>"


def _text(text: str) -> str:
    """Return a text on one line in which nothing has a meaning."""
    return escape(
        "".join(char if char.isprintable() or char == "\t" else char.encode("unicode_escape").decode() for char in text)
    )


def _end(failure: str) -> str:
    """Return the last lines of a failure's text. pytest says there what went wrong."""
    if len(failure) <= MOST_FAILURE:
        return failure
    _, _, lines = failure[-MOST_FAILURE:].partition("\n")
    return f"…\n{lines}"


def _unpacked(packed: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
