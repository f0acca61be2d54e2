"""Rewrite Handlebars templates so that the template engine reads them as Handlebars.js does.

The engine (``dotpromptz-handlebars``) reads most of the language correctly. This module rewrites the rest before the
engine sees it, in a form that both read alike. It refuses errors that the engine would accept. So the insides of the
engine stay untouched.

Most of the work is about whitespace: if a block tag, comment or partial is alone on its line, Handlebars.js removes the
whole line. The engine misses some of these lines, so they are removed here.

https://handlebarsjs.com/guide/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAG = re.compile(
    r"""
    (?<!\\) \\ \{\{                                                       # an escaped tag, which is text
    | \{\{\{\{ \s* (?P<raw> [^\s{}/]+ ) .*? \{\{\{\{/ (?P=raw) \}\}\}\}    # a raw block, which is text
    | (?P<unended> \{\{\{\{ (?!/) )
    | \{\{ ~? \{ (?P<triple> .*? ) \} ~? \}\}
    | \{\{ (?P<before> ~? ) (?P<body> !-- .*? -- | (?!!--) .*? ) (?P<after> ~? ) \}\}
    | (?P<unclosed> \{\{ )
    """,
    re.DOTALL | re.VERBOSE,
)
_OPERATORS = ("#", "/", ">", "^", "!", "&", "*")
_STANDALONE = re.compile(r"[#/>^!]|else(?:\s|\Z)")
_BLANKS = re.compile(r"[ \t]*")
_LINE_END = re.compile(r"[ \t]*(?:\r?\n|\Z)")
_BLANKS_AND_TAG = re.compile(r"[ \t]+\\*\{\{")
_ELSE = re.compile(r"else(?:\s+(?P<block>.+))?", re.DOTALL)
# A number inside a path, such as ``items.1.name``. The engine needs ``items.[1].name``.
_NUMBER = re.compile(r"""("[^"]*"|'[^']*'|\[[^\]]*\])|(?<=[\w\]-][./])([0-9]+)(?=[./])""")

# SES replaces these tags after rendering. A backslash before them makes the engine leave them as they are.
_LATER = ("amazonSESUnsubscribeUrl", "ses:openTracker")


@dataclass(slots=True)
class _Tag:
    """A tag and its position in the source. ``before`` and ``after`` are ``~`` if the tag strips whitespace there.

    ``begins_line`` says whether only blanks precede the tag on its line. ``is_alone`` says whether it is a block tag,
    comment or partial that is alone on its line. Handlebars.js removes such a line.
    """

    name: str
    before: str
    after: str
    start: int
    end: int
    begins_line: bool
    is_alone: bool = False
    is_apart: bool = False
    """Whether the engine does not notice that the tag is alone, so that its line must be removed here."""


@dataclass(slots=True)
class _Open:
    """An open block. ``chained`` are the blocks that ``{{else if}}`` and the like opened in it. They close together."""

    chained: list[str] = field(default_factory=list)
    has_else: bool = False


def rewrite(source: str) -> str:
    """Rewrite a template for the engine. Raises ValueError if it is not valid Handlebars."""
    pieces: list[str] = []
    blocks: list[_Open] = []
    end, last = 0, None
    for tag in _tags(source):
        text = _text(source[end : tag.start], last)
        tag.is_apart = tag.is_alone and (bool(tag.before or tag.after) or _hides(last, text))
        pieces += [text.rstrip(" \t") if tag.is_apart and not tag.before else text, *_rewrite_tag(source, tag, blocks)]
        end, last = tag.end, tag
    return "".join((*pieces, _text(source[end:], last)))


def _tags(source: str) -> Iterator[_Tag]:
    for found in _TAG.finditer(source):
        if found["unclosed"] or found["unended"]:
            raise ValueError("unclosed tag")
        if found["triple"] is not None and found["triple"].strip() in _LATER:
            yield _Tag(found["triple"].strip(), "", "", found.start(), found.end(), begins_line=False)
        elif found["body"] is not None:
            name = found["body"].strip()
            if name.startswith(_OPERATORS) and found["body"][0].isspace():
                raise ValueError(f"unexpected blank before {name[0]}")
            begins = _STANDALONE.match(name) is not None and _begins_line(source, found.start())
            ends = _LINE_END.match(source, found.end()) is not None
            yield _Tag(name, found["before"], found["after"], found.start(), found.end(), begins, begins and ends)


def _begins_line(source: str, place: int) -> bool:
    return _BLANKS.fullmatch(source, source.rfind("\n", 0, place) + 1, place) is not None


def _text(text: str, last: _Tag | None) -> str:
    """Return the text after a tag, without the rest of the line if the engine would not remove that."""
    return _LINE_END.sub("", text, count=1) if last is not None and last.is_apart and not last.after else text


def _hides(last: _Tag | None, text: str) -> bool:
    """Tell whether the engine does not notice that a line begins after the tag ``last`` and this text."""
    return last is not None and not text.strip() and (bool(last.after) or (last.is_apart and "\n" not in text))


def _rewrite_tag(source: str, tag: _Tag, blocks: list[_Open]) -> list[str]:
    """Return the pieces of source that replace a tag for the engine. Keep ``blocks`` up to date."""
    name = "else" if tag.name == "^" else tag.name
    if name in _LATER and not tag.before and not tag.after:
        return [rf"\{{{{{name}}}}}"]
    names = [name]
    chosen = _ELSE.fullmatch(name)
    if chosen is not None and blocks:
        names = _rewrite_else(blocks[-1], chosen["block"])
    elif name.startswith("/") and blocks:
        names = [*(f"/{block}" for block in reversed(blocks.pop().chained)), name]
    elif name.startswith("#*"):
        names = [f"#*{name[2:].lstrip()}"]
    elif not name.startswith("!"):
        names = [_NUMBER.sub(lambda path: path[1] or f"[{path[2]}]", name)]
    if name.startswith(("#", "^")):
        blocks.append(_Open())
    is_short = tag.begins_line and (bool(tag.after) or _BLANKS_AND_TAG.match(source, tag.end) is not None)
    if tag.is_apart or (is_short and not tag.is_alone):
        names.insert(0, '""')  # an empty string before the tag stops the engine from removing the line
    between = "}}\n{{" if tag.is_alone and not tag.is_apart else "}}{{"
    return ["{{", tag.before, between.join(names), tag.after, "}}"]


def _rewrite_else(block: _Open, begun: str | None) -> list[str]:
    """Return the tags for ``else`` or ``else if``. The engine does not know all chained forms, so split them in two."""
    if block.has_else:
        raise ValueError("{{else}} after {{else}}")
    if begun is None:
        block.has_else = True
        return ["else"]
    block.chained.append(begun.split()[0])
    return ["else", f"#{begun}"]
