"""The page: everything that was gathered of a run, in one file that needs nothing else and loads nothing."""

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
)  # in this order: one builds on another

# The frames in which mail is shown inherit this policy, and add a stricter one of their own. What it allows beyond
# the page's needs (styles and pictures from elsewhere) is what mail may load if the reader switches that on.
_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src 'unsafe-inline' http: https:; "
    "img-src data: http: https:; font-src data: http: https:; frame-src 'none'; base-uri 'none'; form-action 'none'"
)


_LOOKED_AT = ("pages", "words", "detail", "failure")  # of a test, each a block of its own


def page(run: dict[str, Any]) -> bytes:
    """Return the page of a run: ``title``, ``at`` in epoch seconds, ``tests`` and ``blobs``, as they were gathered."""
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
    """Yield id and text of each block of data: what is unpacked when somebody looks at it, and the list of it all."""
    tests = []
    for number, test in enumerate(run["tests"]):
        yield from ((f"t{number}m{place}", packed) for place, packed in enumerate(test["pages"]))
        yield f"t{number}", test["detail"]
        yield f"t{number}w", test["words"]
        yield f"t{number}f", test["failure"]
        tests.append({name: value for name, value in test.items() if name not in _LOOKED_AT})
    yield from ((f"b{name}", packed) for name, packed in run["blobs"].items())
    listed = json.dumps({"title": run["title"], "at": run["at"], "tests": tests})
    yield "run", listed.replace("<", "\\u003c")  # so that nothing in it ends the element in which it stands
