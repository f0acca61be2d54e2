"""Workflow commands of GitHub Actions: lines of output that mark a line of code on the page of a pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from pytest_sesfake.reading.showing import redact

MOST_MESSAGE = 4_000
"""How many characters of a failure an annotation has."""

# A percent sign comes first: the others make new ones. The runner ends a property at a colon or a comma.
_OF_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_OF_PROPERTIES = (*_OF_DATA, (":", "%3A"), (",", "%2C"))


def error(file: str, line: int, title: str, message: str) -> str:
    """Return the command that marks a line as an error. ``file`` is a path below the root of the repository."""
    text = redact(message)
    if len(text) > MOST_MESSAGE:
        text = f"{text[:MOST_MESSAGE]} …"
    return f"::error file={_property(file)},line={line},title={_property(title)}::{_escaped(text, _OF_DATA)}"


def _property(value: str) -> str:
    return _escaped(value, _OF_PROPERTIES)


def _escaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    printable = "".join(
        char if char.isprintable() or char in "\r\n\t" else char.encode("unicode_escape").decode() for char in text
    )
    for char, escape in table:
        printable = printable.replace(char, escape)
    return printable
