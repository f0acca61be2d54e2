"""Values as texts for people: short, and without credentials."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_sesfake.ses.mail.addresses import parse_address

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH = 72
"""The most characters that are shown of a value, unless everything is shown."""

MOST_ADDRESSES = 3

_HIDDEN = "[redacted]"
_SECRET_NAME = re.compile(
    r"passw(or)?d|secret|private_?key|authorization|credential|session_?token|signing_?key", re.IGNORECASE
)
# In an unsubscribe link, what follows the word is a token that identifies the reader.
_UNSUBSCRIBE = re.compile(r"((?:https?://|mailto:)[^\s\"'<>\\]*?unsubscribe[\w-]*[/?=+:])[^\s\"'<>\\]+", re.IGNORECASE)
_SECRETS = (
    re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b"),  # key ids
    re.compile(r"(?<![\w+/])B[A-P][A-Za-z0-9+/]{42}(?![\w+/=])"),  # SMTP passwords: base64 of a 4 and 32 bytes
    re.compile(r"(?<=Signature=)[0-9a-f]{64}"),
    re.compile(r"(?<=X-Amz-Security-Token=)[^&\s\"']+"),
    re.compile(r"(?i)(?<=aws_secret_access_key=)[^\s\"']+"),
)
_OWN = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_LEAST_OWN = 16  # characters; a short dummy value like "testing" would be masked in ordinary text


def redact(text: str) -> str:
    """Return the text with credentials and unsubscribe tokens masked, also credentials of the environment."""
    for name in _OWN:
        own = os.environ.get(name, "")
        if len(own) >= _LEAST_OWN:
            text = text.replace(own, _HIDDEN)
    for secret in _SECRETS:
        text = secret.sub(_HIDDEN, text)
    return _UNSUBSCRIBE.sub(rf"\1{_HIDDEN}", text) if "nsubscribe" in text else text


def is_secret(name: str) -> bool:
    """Tell whether the value of a key with this name is a secret."""
    return _SECRET_NAME.search(name) is not None


def masked(value: Any) -> Any:
    """Return a value in which every entry with a secret name is masked, in nested values too."""
    if isinstance(value, Mapping):
        return {
            name: _HIDDEN if is_secret(str(name)) and isinstance(entry, (str, bytes)) else masked(entry)
            for name, entry in value.items()
        }
    return [masked(entry) for entry in value] if isinstance(value, list) else value


def shorten(text: str, width: int | None) -> str:
    """Return the text, cut to ``width`` characters."""
    return text if width is None or len(text) <= width else text[: width - 1] + "…"


def show(value: object, width: int | None = WIDTH) -> str:
    """Return the repr of a value, cut to about ``width`` characters; for a function, its name and its line."""
    if isinstance(value, str):
        return repr(shorten(redact(value), width))
    code = getattr(value, "__code__", None)
    if code is not None:
        name = getattr(value, "__name__", "function").strip("<>")
        return f"<{name} {place((code.co_filename, code.co_firstlineno))}>"
    if isinstance(value, bytes) and width is not None:
        value = value[:width]
    return shorten(redact(repr(masked(value))), width)


def show_both(wanted: str, found: str, width: int | None = WIDTH) -> tuple[str, str]:
    """Return the reprs of two strings that differ. Long ones are cut to a part around the first difference."""
    wanted, found = redact(wanted), redact(found)
    if width is None or max(len(wanted), len(found)) <= width:
        return repr(wanted), repr(found)
    pairs = enumerate(zip(wanted, found, strict=False))
    parting = next((place for place, (left, right) in pairs if left != right), min(len(wanted), len(found)))
    start = max(0, parting - width // 3)
    mark = "…" if start else ""
    return repr(shorten(mark + wanted[start:], width)), repr(shorten(mark + found[start:], width))


def several(addresses: Sequence[str]) -> str:
    """Return a list of addresses as a text; of a long one, the first few and the number of the others."""
    shown = ", ".join(repr(parse_address(address).bare) for address in addresses[:MOST_ADDRESSES])
    rest = len(addresses) - MOST_ADDRESSES
    return f"[{shown}, and {rest} more]" if rest > 0 else f"[{shown}]"


def place(where: tuple[str, int]) -> str:
    """Return a line of code as ``app/mail.py:41``, which editors can open. Only a path below the cwd is relative."""
    file, line = where
    try:
        near = os.path.relpath(file)
    except ValueError:  # on another drive
        near = file
    return f"{file if near.startswith(os.pardir) else near}:{line}"
