"""The HTML page of a run: one file with all data, styles and scripts, which loads nothing else.

The data are compressed blocks, and the page's scripts unpack a block when a reader opens it. So a page of thousands of
tests stays small and opens fast.
"""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = Path(__file__).parent / "templates"
_STYLES = ("page.css", "list.css", "detail.css")
_SCRIPTS = (
    "page.js",
    "mail.js",
    "message.js",
    "test.js",
    "list.js",
    "start.js",
)  # in this order, because each uses the ones before it

# The frames that show mail inherit this policy and add a stricter one. The page itself needs no styles or pictures from
# other servers. The policy allows them because mail may load them if the reader switches that on.
_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline' http: https:; "
    "img-src data: http: https:; font-src data: http: https:; frame-src 'none'; base-uri 'none'; form-action 'none'"
)


_LOOKED_AT = ("pages", "words", "detail", "failure")  # entries of a test that are blocks of their own


def page(run: dict[str, Any]) -> bytes:
    """Return the page. ``run`` has ``title``, ``at`` in epoch seconds, and ``tests`` and ``blobs`` of `Gathering`."""
    script = "\n".join(_read(name) for name in _SCRIPTS)
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_FOLDER), autoescape=True)
    text = environment.get_template("page.html").render(
        title=run["title"],
        policy=_POLICY.format(script=_hash(script)),
        style="\n".join(_read(name) for name in _STYLES),
        script=script,
        blocks=_blocks(run),
    )
    return text.encode()


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")


def _blocks(run: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the id and the text of each block of data: those that are unpacked on demand, then the list of tests."""
    tests = []
    for number, test in enumerate(run["tests"]):
        yield from ((f"t{number}m{place}", packed) for place, packed in enumerate(test["pages"]))
        yield f"t{number}", test["detail"]
        yield f"t{number}w", test["words"]
        yield f"t{number}f", test["failure"]
        tests.append({name: value for name, value in test.items() if name not in _LOOKED_AT})
    yield from ((f"b{name}", packed) for name, packed in run["blobs"].items())
    listed = json.dumps({"title": run["title"], "at": run["at"], "tests": tests})
    yield "run", listed.replace("<", "\\u003c")  # so that no text can close the script element around it
