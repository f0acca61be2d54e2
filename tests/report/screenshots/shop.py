"""A bookshop that sends mail: what the pictures of the documentation show."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterable

SENDER = "Blue Door Books <hello@bluedoor.example>"
SITE = "https://bluedoor.example"

client = boto3.client("sesv2", region_name="eu-west-1")

PAGE = """<!doctype html>
<html><head><meta charset="utf-8"><style>
body {{ margin: 0; background: #f3efe7; font-family: Georgia, serif; color: #2b2a27 }}
.card {{ max-width: 560px; margin: 32px auto; background: #fff; border-radius: 12px; overflow: hidden }}
.top {{ background: #1f4f6b; color: #fff; padding: 22px 36px; font-size: 20px }}
.top img {{ vertical-align: middle; width: 30px; height: 30px; margin-right: 12px }}
.main {{ padding: 28px 36px 36px; font-size: 17px; line-height: 1.6 }}
h2 {{ font-weight: normal; margin-top: 0 }}
.button {{ display: inline-block; background: #c8553d; color: #fff; text-decoration: none; padding: 12px 26px;
  border-radius: 8px; font: 15px Helvetica, Arial, sans-serif }}
.foot {{ padding: 0 36px 30px; font-size: 13px; color: #8a857a }}
table {{ width: 100%; border-collapse: collapse; margin: 12px 0 24px }}
td {{ padding: 8px 0; border-bottom: 1px solid #eee }} td + td {{ text-align: right }}
@media (max-width: 480px) {{ .card {{ margin: 0; border-radius: 0 }} .main, .top, .foot {{ padding-inline: 22px }} }}
</style></head><body><div class="card"><div class="top"><img src="cid:door" alt="">Blue Door Books</div>
<div class="main">{body}</div><div class="foot">Blue Door Books, 4 Canal Row.<br>
<a href="{site}/stop">Stop these mails</a></div></div><img src="{site}/seen.gif" alt=""></body></html>"""


def _door() -> bytes:
    """Return a PNG of a blue door."""
    wall, frame, leaf = (31, 79, 107), (255, 255, 255), (92, 157, 199)

    def color(x: int, y: int) -> tuple[int, int, int]:
        if not (14 < x < 46 and y > 8):
            return wall
        is_knob = 36 < x < 40 and 32 < y < 36
        return leaf if 18 < x < 42 and y > 12 and not is_knob else frame

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes(part for x in range(60) for part in color(x, y)) for y in range(60))
    head = struct.pack(">IIBBBBB", 60, 60, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def _send(to: str, subject: str, text: str, body: str, kind: str, **more: Any) -> None:
    """Send one mail; ``more`` may hold ``bcc`` and ``files``, a mapping of names to PDF documents."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = SENDER, to, subject
    mail.set_content(text)
    mail.add_alternative(PAGE.format(body=body, site=SITE), subtype="html")
    html = mail.get_body(("html",))
    assert html is not None
    html.add_related(_door(), "image", "png", cid="<door>", filename="door.png", disposition="inline")
    for name, content in more.get("files", {}).items():
        mail.add_attachment(content, "application", "pdf", filename=name)
    client.send_email(
        FromEmailAddress=SENDER,
        Destination={"ToAddresses": [to], "BccAddresses": more.get("bcc", [])},
        Content={"Raw": {"Data": mail.as_bytes()}},
        EmailTags=[{"Name": "kind", "Value": kind}],
    )


def welcome(name: str, address: str) -> None:
    """Greet a new customer."""
    link = f"{SITE}/confirm?token=4f2a"
    _send(
        f"{name} <{address}>",
        f"Welcome, {name}",
        f"Hello {name},\n\nplease confirm your address:\n{link}\n\nBlue Door Books\n",
        f"<h2>Hello {name},</h2><p>we are glad that you found the blue door. One last step: tell us that this address "
        f"is yours.</p><p><a class='button' href='{link}'>Confirm my address</a></p>",
        "welcome",
    )


def receipt(name: str, address: str, order: str, books: dict[str, float]) -> None:
    """Tell a customer what was bought."""
    rows = "".join(f"<tr><td>{title}</td><td>{price:.2f} €</td></tr>" for title, price in books.items())
    _send(
        f"{name} <{address}>",
        f"Your order {order}",
        f"Order {order}\n\n" + "".join(f"{title:40}{price:8.2f}\n" for title, price in books.items()),
        f"<h2>Thank you, {name}</h2><p>Your parcel leaves us tomorrow.</p><table>{rows}</table>",
        "receipt",
        bcc=["accounts@bluedoor.example"],
        files={f"invoice-{order}.pdf": b"%PDF-1.7" + bytes(46_000), "terms.pdf": b"%PDF-1.7" + bytes(23_000)},
    )


def newsletter(readers: Iterable[str]) -> None:
    """Write to everybody who asked for it."""
    for reader in readers:
        with suppress(client.exceptions.MessageRejected):
            _send(
                reader,
                "New on the shelves: autumn",
                "Twelve books for long evenings.",
                "<h2>Autumn on the shelves</h2><p>Twelve books for long evenings, chosen by the people who unpack "
                f"them.</p><p><a class='button' href='{SITE}/autumn'>Have a look</a></p>",
                "newsletter",
            )
