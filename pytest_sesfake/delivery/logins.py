"""Answers the 401 challenge of an application as SNS does, with Basic or Digest authentication.

https://docs.aws.amazon.com/sns/latest/dg/sns-http-https-endpoint-as-subscriber.html
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.request import parse_http_list

if TYPE_CHECKING:
    from pytest_sesfake.delivery.webhook import WebhookReply
    from pytest_sesfake.ses.event_forms import HttpRequest

Auth = tuple[str, str]
"""A user's name and password."""

_UNAUTHORIZED = 401
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


def answered(request: HttpRequest, reply: WebhookReply, auth: Auth, uri: str) -> HttpRequest | None:
    """Return the request with the login that a reply demands, or ``None`` if it demands no supported login.

    ``uri`` is the target of the request: a path with its query.
    """
    if reply.status != _UNAUTHORIZED:
        return None
    for scheme, asked in _challenges(reply):
        login = _digest(request.method, uri, auth, asked) if scheme == "digest" else _basic(auth)
        if login is not None:
            return replace(request, headers={**request.headers, "Authorization": login})
    return None


def _challenges(reply: WebhookReply) -> list[tuple[str, dict[str, str]]]:
    """Return the challenges of a reply, the safer scheme first."""
    told = ", ".join(value for name, value in reply.headers.items() if name.lower() == "www-authenticate")
    found: list[tuple[str, dict[str, str]]] = []
    for part in parse_http_list(told):
        word, _, rest = part.partition(" ")
        if "=" not in word:
            found.append((word.lower(), {}))
            part = rest.strip()  # noqa: PLW2901 - the first parameter follows the name of the scheme
        name, _, value = part.partition("=")
        if found and name:
            found[-1][1][name.strip().lower()] = value.strip().strip('"')
    known = [(scheme, asked) for scheme, asked in found if scheme in ("basic", "digest")]
    return sorted(known, key=lambda each: each[0] != "digest")


def _basic(auth: Auth) -> str:
    return "Basic " + base64.b64encode(":".join(auth).encode()).decode("ascii")


def _digest(method: str, uri: str, auth: Auth, asked: dict[str, str]) -> str | None:
    """Return the Digest answer to a challenge by RFC 7616, which includes RFC 2617, the one that SNS uses."""
    algorithm = asked.get("algorithm", "MD5")
    offered = [each.strip() for each in asked.get("qop", "").split(",") if each.strip()]
    if algorithm.upper() not in _HASHES or "nonce" not in asked or (offered and "auth" not in offered):
        return None

    def hashed(*parts: str) -> str:
        return hashlib.new(_HASHES[algorithm.upper()], ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    (user, password), realm, nonce = auth, asked.get("realm", ""), asked["nonce"]
    secret, what = hashed(user, realm, password), hashed(method, uri)
    quoted = {"username": user, "realm": realm, "nonce": nonce, "uri": uri}
    plain = {"algorithm": algorithm}
    if offered:
        once = hashed(nonce, uri)[:16]  # the client nonce: it may be fixed for a server nonce that is used once
        quoted |= {"cnonce": once, "response": hashed(secret, nonce, "00000001", once, "auth", what)}
        plain |= {"nc": "00000001", "qop": "auth"}
    else:
        quoted["response"] = hashed(secret, nonce, what)
    if "opaque" in asked:
        quoted["opaque"] = asked["opaque"]
    told = [f'{name}="{value}"' for name, value in quoted.items()]
    return "Digest " + ", ".join(told + [f"{name}={value}" for name, value in plain.items()])
