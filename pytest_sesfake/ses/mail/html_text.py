"""Convert html into the text that its reader sees."""

from __future__ import annotations

import re
from contextlib import suppress
from html.parser import HTMLParser

_BLANKS = re.compile(r"[ \t\r\n\f]+")
# Elements that begin a new line, and elements that follow an empty line.
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "aside",
        "blockquote",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    }
)
_SPACED = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "p", "pre"])
_CELLS = frozenset({"td", "th"})
_UNSEEN = frozenset({"head", "noframes", "script", "style", "template", "title"})


def to_prose(html: str) -> str:
    """Return the visible text of html in lines, with the ``alt`` text in place of images."""
    reader = _Reader()
    with suppress(AssertionError, ValueError):  # html that Python's parser cannot read ends the text
        # The parser fails on marked sections, which are common in mail (``<![if !mso]>``). As comments they are fine.
        reader.feed(html.replace("<![", "<! ["))
        reader.close()
    lines = [line.strip() for line in "".join(reader.written).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


class _Reader(HTMLParser):
    """Collects the visible text of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.written: list[str] = []
        self._unseen: list[str] = []
        self._kept = 0  # nesting depth of elements that keep their whitespace

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._unseen.clear()  # a page can omit </head>
        elif tag in _UNSEEN:
            self._unseen.append(tag)
        elif self._unseen:
            return
        elif tag == "br":
            self.written.append("\n")
        elif tag == "img":
            self._say(dict(attrs).get("alt") or "")
        elif tag in _CELLS:
            self._say(" ")
        else:
            self._kept += tag == "pre"
            self._part(tag)
            if tag == "li":
                self.written.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unseen:
            del self._unseen[self._unseen.index(tag) :]
        elif not self._unseen:
            self._kept = max(0, self._kept - (tag == "pre"))
            self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._say(data)

    def _part(self, tag: str) -> None:
        ended = 2 if tag in _SPACED else 1 if tag in _BLOCKS else 0
        if ended and any(self.written):
            written = "".join(self.written[-3:])
            there = len(written) - len(written.rstrip("\n "))
            ended -= written[len(written) - there :].count("\n") if there else 0
            self.written.append("\n" * max(0, ended))

    def _say(self, words: str) -> None:
        if not self._kept:
            words = _BLANKS.sub(" ", words)
            if not self.written or self.written[-1].endswith((" ", "\n")):
                words = words.lstrip(" ")
        if words:
            self.written.append(words)
