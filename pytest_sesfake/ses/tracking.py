"""Open and click tracking: the links of a mail whose clicks SES counts, and the tags of these links.

https://docs.aws.amazon.com/ses/latest/dg/faqs-metrics.html
"""

from __future__ import annotations

from contextlib import suppress
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_sesfake.ses.messages import Message

MOST_LINKS = 250
"""The largest number of tracked links in a message. SES does not track further links."""
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
"""The default user agent of opens and clicks."""
READER_IP = "192.0.2.99"
"""The IP address of opens and clicks."""

_TAGS = "ses:tags"
_UNTRACKED = "ses:no-track"

Tags = dict[str, list[str]]


class _Anchors(HTMLParser):
    """Collects the links of html: a dict from URL to tags, with ``None`` for a link that is not tracked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Tags | None] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        href = (named.get("href") or "").strip()
        if tag in {"a", "area"} and href and href not in self.found:
            self.found[href] = None if _UNTRACKED in named else _read(named.get(_TAGS) or "")


def _read(text: str) -> Tags:
    """Parse the ``ses:tags`` attribute of a link, such as ``product:book;shelf:new;``."""
    pairs = (entry.partition(":") for entry in text.split(";") if entry.strip())
    tags: Tags = {}
    for name, _, value in pairs:
        tags.setdefault(name.strip(), []).append(value.strip())
    return tags


def _anchors(message: Message) -> dict[str, Tags | None]:
    anchors = _Anchors()
    with suppress(AssertionError, ValueError):  # html that Python cannot parse ends the search
        anchors.feed(message.html or "")
        anchors.close()
    return anchors.found


def links(message: Message) -> list[str]:
    """Return the links whose clicks SES counts, in order."""
    anchors = _anchors(message)
    return [link for link in message.links if anchors.get(link, _TRACKED) is not None][:MOST_LINKS]


_TRACKED: Tags = {}


def tags(message: Message, link: str) -> Tags | None:
    """Return the tags of a link, or ``None`` if it has none."""
    return _anchors(message).get(link) or None
