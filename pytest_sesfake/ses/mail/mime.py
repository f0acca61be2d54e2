"""Read the MIME of a mail as SES does: its fields, its parts, and the faults for which SES refuses it.

Every raw send runs this code. For speed it parses only heads; it skips bodies with ``bytes.find`` and never copies
them. SES uses JavaMail, so the error texts are those of JavaMail. [guess] marks texts that nobody has published.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from pytest_sesfake.ses.mail.encoded_words import decode, to_text
from pytest_sesfake.ses.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Lines = Sequence[tuple[str, str]]

MOST_PARTS = 500
LONGEST_HEAD = 102_400  # [guess] the limit of other mail servers; SES refused a head of some 110,000 bytes

# https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
_ONCE = frozenset(
    """
    accept-language acceptlanguage archived-at auto-submitted bounces-to comments content-alternative content-base
    content-class content-description content-disposition content-duration content-id content-language content-length
    content-location content-md5 content-transfer-encoding content-type date delivered-to
    disposition-notification-options disposition-notification-to dkim-signature domainkey-signature errors-to from
    importance in-reply-to keywords list-archive list-help list-id list-owner list-post list-subscribe list-unsubscribe
    list-unsubscribe-post message-context message-id mime-version organization original-from original-message-id
    original-recipient original-subject precedence priority references reply-to return-path return-receipt-to sender
    solicitation sensitivity subject thread-index thread-topic user-agent vbr-info
    """.split()  # noqa: SIM905 - a list would take sixty lines
)

# https://docs.aws.amazon.com/ses/latest/dg/mime-types.html
_BLOCKED = frozenset(
    """
    ade adp app asp bas bat cer chm cmd com cpl crt csh der exe fxp gadget hlp hta inf ins isp its js jse ksh lib lnk
    mad maf mag mam maq mar mas mat mau mav maw mda mdb mde mdt mdw mdz msc msh msh1 msh2 mshxml msh1xml msh2xml msi msp
    mst ops pcd pif plg prf prg reg scf scr sct shb shs sys ps1 ps1xml ps2 ps2xml psc1 psc2 tmp url vb vbe vbs vps
    vsmacros vss vst vsw vxd ws wsc wsf wsh xnk
    """.split()  # noqa: SIM905 - a list would take ninety lines
)

_BLANK_LINE = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\n[ \t]+")


def head_end(data: bytes, start: int = 0, stop: int | None = None) -> tuple[int, int]:
    """Return where the head of a mail or part ends (after its last line end), and where the body begins."""
    stop = len(data) if stop is None else stop
    if data.startswith((b"\n", b"\r\n"), start, stop):
        return start, data.index(b"\n", start) + 1
    found = _BLANK_LINE.search(data, start, stop)
    return (stop, stop) if found is None else (found.start() + 1, found.end())


def header_lines(data: bytes) -> list[tuple[str, str]]:
    """Return the header fields in their order and spelling. They are unfolded, but not decoded.

    SES unfolds as JavaMail does: a line end and the white space after it become one space. Its own mail reads
    ``multipart/alternative;  boundary=`` because it ends the line with a space before it folds.
    """
    return _fields(data[: head_end(data)[0]])


def _fields(head: bytes) -> list[tuple[str, str]]:
    if b"\r" in head:
        head = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if b"\n " in head or b"\n\t" in head:
        head = _FOLD.sub(b" ", head)
    try:
        lines = head.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        lines = [to_text(line, None) for line in head.split(b"\n")]
    fields = []
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:  # JavaMail also skips lines without a colon
            fields.append((name.strip(" \t"), value.strip(" \t")))
    return fields


# The values of Content-Type and Content-Disposition, parsed as strictly as in JavaMail.

# An unbalanced quotation mark takes the rest of the value. Otherwise the pattern would retry at each later mark.
_TOKEN = re.compile(r"""([!#$%&'*+.0-9A-Z^_`a-z{|}~-]+)|("[^"\\]*(?:\\.[^"\\]*)*")|(".*|[^ \t])""", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_END = ("", "", "")


def _tokens(value: str) -> list[tuple[str, str, str]]:
    """Return the tokens as tuples (atom, quoted string, special character), with one item set in each."""
    found = _TOKEN.findall(value)
    if found and found[-1][2].startswith('"'):
        raise Invalid("Unbalanced quoted string")  # [guess]
    if "(" in value:
        found = _without_comments(found)
    found += (_END, _END)
    return found


def _without_comments(tokens: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    found, depth = [], 0
    for token in tokens:
        special = token[2]
        if special == "(":
            depth += 1
        elif depth and special == ")":
            depth -= 1
        elif not depth:
            found.append(token)
    if depth:
        raise Invalid("Unbalanced comments")  # [guess]
    return found


def _printable(token: tuple[str, str, str]) -> str:
    """Return a token as JavaMail prints it. For the end of the value JavaMail prints ``null``."""
    return "null" if token == _END else _unquote(token) or token[2]


def _unquote(token: tuple[str, str, str]) -> str:
    return token[0] or _ESCAPE.sub(r"\1", token[1][1:-1])


@lru_cache(maxsize=512)
def content_type(value: str) -> tuple[str, dict[str, str]]:
    """Return type and parameters of a Content-Type, names in lower case. Refuse a value that SES cannot read."""
    tokens = _tokens(value)
    if not tokens[0][0]:
        raise Invalid(f"Expected MIME type, got {_printable(tokens[0])}")  # [guess]
    if tokens[1][2] != "/":
        raise Invalid(f"Expected '/', got {_printable(tokens[1])}")
    if not tokens[2][0]:
        raise Invalid(f"Expected MIME subtype, got {_printable(tokens[2])}")  # [guess]
    return f"{tokens[0][0]}/{tokens[2][0]}".lower(), _parameters(tokens, 3)


@lru_cache(maxsize=512)
def disposition(value: str) -> tuple[str, dict[str, str]]:
    """Return kind and parameters of a Content-Disposition, names in lower case. Refuse one that SES cannot read."""
    tokens = _tokens(value)
    if not tokens[0][0]:
        raise Invalid(f"Expected disposition, got {_printable(tokens[0])}")
    return tokens[0][0].lower(), _parameters(tokens, 1)


def _parameters(tokens: list[tuple[str, str, str]], place: int) -> dict[str, str]:
    found: dict[str, str] = {}
    while tokens[place] != _END:
        if tokens[place][2] != ";":
            raise Invalid(f"Expected ';', got \"{_printable(tokens[place])}\"")
        name = tokens[place + 1][0].lower()
        if not name:
            if tokens[place + 1] == _END:  # a superfluous semicolon
                break
            raise Invalid(f'Expected parameter name, got "{_printable(tokens[place + 1])}"')  # [guess]
        if tokens[place + 2][2] != "=":
            raise Invalid(f"Expected '=', got \"{_printable(tokens[place + 2])}\"")
        given = tokens[place + 3]
        if given[2] or given == _END:
            raise Invalid(f'Expected parameter value, got "{_printable(given)}"')  # [guess]
        found.setdefault(name, _unquote(given))
        place += 4
    return _join(found) if any("*" in name for name in found) else found


def _join(found: dict[str, str]) -> dict[str, str]:
    """Join and decode the parameters that RFC 2231 splits and encodes: ``filename*0*=utf-8''%e2; filename*1=x``."""
    plain = {name: value for name, value in found.items() if "*" not in name}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, value in found.items():
        base, star, rest = name.partition("*")
        number = rest.rstrip("*")
        if star and (not number or (number.isdigit() and len(number) < 4)):  # noqa: PLR2004 - at most a thousand pieces
            pieces.setdefault(base, []).append((int(number or 0), name.endswith("*"), value))
    for base, cut in pieces.items():
        charset, data = None, b""
        for place, (_, is_encoded, value) in enumerate(sorted(cut)):
            text = value
            if is_encoded and place == 0 and text.count("'") > 1:
                charset, _, text = text.split("'", 2)
            data += unquote_to_bytes(text) if is_encoded else text.encode("utf-8", "surrogateescape")
        plain[base] = to_text(data, charset)
    return plain


# The parts of a mail.


class Part:
    """One part of a mail, or the mail itself: its header fields, and the position of its body in the mail.

    ``within`` is the type of the multipart that contains the part. ``pieces`` holds the positions of a multipart's
    parts, each from the first byte of its head to the end of its body. ``fault`` is the reason for which SES refuses
    the part; the part is then read as far as possible.
    """

    __slots__ = (
        "content_type",
        "disposition",
        "fault",
        "fields",
        "file_name",
        "parameters",
        "pieces",
        "start",
        "stop",
        "within",
    )

    def __init__(self, fields: dict[str, str], start: int, stop: int, within: str | None) -> None:
        self.fields = fields
        self.start = start
        self.stop = stop
        self.within = within
        self.pieces: list[tuple[int, int]] | None = None
        self.fault: Invalid | None = None
        self.content_type, self.parameters = "message/rfc822" if within == "multipart/digest" else "text/plain", _NONE
        given = fields.get("content-type")
        if given is not None:
            try:
                self.content_type, self.parameters = content_type(given)
            except Invalid as fault:
                self.fault, self.content_type = fault, "text/plain"  # RFC 2045, section 5.2
        name = self.parameters.get("name")
        self.disposition: str | None = None
        given = fields.get("content-disposition")
        if given is not None:
            try:
                self.disposition, parameters = disposition(given)
                name = parameters.get("filename", name)
            except Invalid as fault:
                self.fault, self.disposition = self.fault or fault, given.partition(";")[0].strip().lower()
        self.file_name = decode(name) if name else None


_NONE: dict[str, str] = {}


def walk(data: bytes, lines: Lines) -> Iterator[Part]:
    """Yield the mail and all its parts in order. ``lines`` are the header fields of the mail.

    A forwarded mail (message/rfc822) counts as one part. Its own parts are not yielded.
    """
    fields = _by_name(lines)
    start, stop, within = head_end(data)[1], len(data), None
    waiting: list[tuple[int, int, str]] = []
    while True:
        part = Part(fields, start, stop, within)
        if part.content_type.startswith("multipart/"):
            part.pieces = _pieces(data, part.parameters.get("boundary", "").rstrip(), start, stop)
            waiting += [(*piece, part.content_type) for piece in reversed(part.pieces)]
        yield part
        if not waiting:
            return
        begin, stop, within = waiting.pop()
        end, start = head_end(data, begin, stop)
        head = data[begin:end]
        fields = _usual_fields(head) if len(head) < _LONGEST_USUAL_HEAD else _by_name(_fields(head))


_LONGEST_USUAL_HEAD = 512


def _by_name(lines: Lines) -> dict[str, str]:
    """Return the values by lower-case name. If a field repeats, the first one counts."""
    return {name.lower(): value for name, value in reversed(lines)}


@lru_cache(maxsize=256)
def _usual_fields(head: bytes) -> dict[str, str]:
    """Return the fields of a part by name. The cache helps because an application's parts often have the same head."""
    return _by_name(_fields(head))


_REST_OF_DELIMITER = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")


def _pieces(data: bytes, boundary: str, start: int, stop: int) -> list[tuple[int, int]]:
    """Return the positions of the parts between the delimiter lines. The last delimiter can be missing."""
    found: list[tuple[int, int]] = []
    if not boundary or not start:
        return found
    # The line end before a delimiter line belongs to the delimiter. The search starts at the line end before the body.
    delimiter = b"\n--" + boundary.encode("utf-8", "surrogateescape")
    begin, position = -1, start - 1
    while (position := data.find(delimiter, position, stop)) >= 0:
        rest = _REST_OF_DELIMITER.match(data, position + len(delimiter), stop)
        if rest is not None:
            if begin >= 0:
                end = position - (data[position - 1 : position] == b"\r")
                found.append((begin, max(begin, end)))
                if rest[1]:
                    return found
            if not rest[1]:
                begin = rest.end()
        position += len(delimiter)
    if begin >= 0:
        found.append((begin, stop))
    return found


# The checks for which SES refuses a mail.


def check(lines: Lines, data: bytes) -> None:
    """Refuse a mail that SES refuses. ``lines`` are its header fields."""
    if len(data) > LONGEST_HEAD and head_end(data)[0] > LONGEST_HEAD:
        raise Invalid("Header section too long.")
    for number, part in enumerate(walk(data, lines)):
        if not number:
            _check_head(part.fields, lines)
        elif number > MOST_PARTS:
            # AWS documents the limit. The error text is our own.
            raise Invalid(f"The message has more than {MOST_PARTS} MIME parts.")
        if part.fault is not None:
            raise part.fault
        if part.pieces is not None and not part.pieces:  # no parts, a wrong boundary, or no boundary [guess]
            raise Invalid("Missing start boundary")
        if part.file_name is not None:
            check_file_name(part.file_name)


def check_file_name(name: str) -> None:
    """Refuse an attachment whose file name has an extension that SES blocks."""
    if name.rpartition(".")[2].strip().lower() in _BLOCKED:
        raise Invalid(f"Illegal filename '{name}'.")


def _check_head(fields: dict[str, str], lines: Lines) -> None:
    together = "".join(fields)
    if not together.isascii() or not together.isprintable() or " " in together:
        name = next(name for name, _ in lines if not name.isascii() or not name.isprintable() or " " in name)
        raise Invalid(f"Illegal header '{name}'.")
    if "" in fields:
        raise Invalid("Empty header names are illegal.")
    if len(fields) != len(lines):
        seen = set()
        for spelt, _ in lines:
            name = spelt.lower()
            if name in seen and name in _ONCE:
                raise Invalid(f"Duplicate header '{spelt}'.")
            seen.add(name)
    if not fields.get("from"):
        # SES has a text for an empty To. Another one for an empty From is a [guess].
        raise Invalid("Empty required header 'From'." if "from" in fields else "Missing required header 'From'.")
