"""Parses the arguments of SMTP commands."""

from __future__ import annotations

import base64
import re

MESSAGE_LIMIT = 40 * 1024 * 1024
TOO_LONG = "552 Message is too long."

_PATH = re.compile(r'\s*(?:<(?:@[^:<>]*:)?((?:"(?:\\.|[^"\\])*"|[^<>"])*)>|([^\s<>]+))(.*)', re.DOTALL)
_ADDRESS = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^\s@<>"]+)@[^\s@<>"]+')


def decode_response(text: str) -> str:
    """Decode a base64 response of a client. A single ``=`` is the empty response.

    Anything else raises ValueError, also the ``*`` with which a client cancels the login.
    """
    return base64.b64decode("" if text == "=" else text, validate=True).decode("utf-8", "replace")


def split_path(keyword: str, arg: str | None) -> tuple[str | None, list[str]]:
    """Split the argument of MAIL or RCPT into its address and its parameters. No address gives ``None``."""
    text = arg or ""
    match = _PATH.fullmatch(text[len(keyword) :]) if text[: len(keyword)].upper() == keyword else None
    if match is None:
        return None, []
    quoted, bare, rest = match.groups()
    address = (bare if quoted is None else quoted).strip()
    return address or None, rest.upper().split()


def is_address(text: str) -> bool:
    """Tell whether MAIL accepts the text as a sender. RCPT accepts any text: SES checks recipients after DATA."""
    return _ADDRESS.fullmatch(text) is not None


def judge_options(options: list[str]) -> str | None:
    """Return the reply that refuses the parameters of MAIL, or ``None`` if SES accepts them.

    SES refuses parameters that it does not know, and a SIZE above its limit.
    """
    for option in options:
        name, _, value = option.partition("=")
        if name == "SIZE" and value.isdigit():
            if int(value) > MESSAGE_LIMIT:
                return TOO_LONG
        elif (name, value) not in (("BODY", "7BIT"), ("BODY", "8BITMIME")) and name != "AUTH":
            return "555 MAIL FROM parameters not recognized or not implemented"
    return None
