"""Encode and decode text for mail: charsets, base64, quoted-printable, and encoded words of headers (RFC 2047)."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from functools import lru_cache

UTF8 = "UTF-8"

_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")
# Python codecs that turn bytes into text, but are not charsets of mail.
_NO_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([BbQq])\?(.*?)\?=", re.DOTALL)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_LONGEST_WORD = 75  # RFC 2047, section 2
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")


@lru_cache(maxsize=64)
def codec(charset: str) -> str | None:
    """Return Python's name of a charset, ``None`` if Python does not know it."""
    if not _CHARSET.fullmatch(charset):
        return None
    try:
        b"a".decode(charset)
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):  # ValueError: a codec can fail on one letter in many ways
        return None
    return None if name in _NO_CHARSETS else name


def usable(text: str, charset: str | None) -> str:
    """Return the charset for a text: the given one if it can encode the text and extends ASCII, else UTF-8."""
    if charset is None or codec(charset) is None:
        return UTF8
    try:
        is_said = (text + "a").encode(charset).decode(charset) == text + "a" and "a".encode(charset) == b"a"
    except ValueError:
        return UTF8
    return charset if is_said else UTF8


def to_text(data: bytes, charset: str | None) -> str:
    """Decode text that was declared to be in ``charset``. A wrong charset raises no error.

    Without a charset, or with ASCII or an unknown one, it decodes as UTF-8, and as Latin-1 if that fails.
    """
    name = None if charset is None else codec(charset)
    if name is not None and name != "ascii":
        return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def newlines(text: str) -> str:
    """Return the text with LF as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def from_base64(data: bytes) -> bytes:
    """Decode base64. For broken input, decode as much as possible."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        digits = _NOT_BASE64.sub(b"", data)
        return binascii.a2b_base64(digits[: len(digits) - (len(digits) % 4 == 1)] + b"==")


def to_base64(data: bytes) -> bytes:
    """Return data as base64, in lines that end with CRLF."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def to_quoted_printable(data: bytes, *, istext: bool = True) -> bytes:
    """Return data as quoted-printable, in CRLF lines. With ``istext=False`` it encodes line ends of the data, too."""
    # Python breaks long lines with the line end of the data's first line, so normalize all to CRLF.
    return binascii.b2a_qp(data, istext=istext).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def decode(value: str) -> str:
    """Return a header's value with its encoded words decoded. Other text stays the same."""
    if "=?" not in value:
        return value
    found: list[tuple[str | None, bytes | str]] = []
    end = 0
    for word in _WORD.finditer(value):
        between = value[end : word.start()]
        if between and not (found and found[-1][0] is not None and between.isspace()):
            found.append((None, between))
        charset, data = word[1].lower(), _unpack(word[2], word[3])
        # A multi-byte character can be split between two encoded words, so join their bytes before decoding.
        last = found[-1] if found else (None, "")
        if last[0] == charset and isinstance(last[1], bytes):
            found[-1] = (charset, last[1] + data)
        else:
            found.append((charset, data))
        end = word.end()
    found.append((None, value[end:]))
    return "".join(text if isinstance(text, str) else to_text(text, charset) for charset, text in found)


def _unpack(form: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    return from_base64(data) if form in "Bb" else binascii.a2b_qp(data, header=True)


def encode(text: str, charset: str | None = None) -> str:
    """Return the text for a header: ASCII unchanged, other text as encoded words, one per line.

    Like JavaMail, which SES uses, it encodes mostly ASCII text as Q and other text as B.
    """
    if text.isascii():
        return text
    charset = usable(text, charset)
    pack = _pack_q if 2 * sum(map(str.isascii, text)) > len(text) else _pack_b
    room = _LONGEST_WORD - len(f"=?{charset}?Q??=")
    words, piece = [], ""
    for character in text:
        if piece and len(pack((piece + character).encode(charset, "replace"))) > room:
            words.append(piece)
            piece = ""
        piece += character
    letter = "Q" if pack is _pack_q else "B"
    return "\r\n ".join(f"=?{charset}?{letter}?{pack(word.encode(charset, 'replace'))}?=" for word in (*words, piece))


def _pack_b(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def _pack_q(data: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else "_" if byte == ord(" ") else f"={byte:02X}" for byte in data)
