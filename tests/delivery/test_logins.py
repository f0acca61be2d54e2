"""The login that an application asks for with 401, as SNS gives it: Basic or Digest."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.request import parse_http_list, parse_keqv_list

import httpx
import pytest
from werkzeug.wrappers import Response

from pytest_sesfake import NotifyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer
    from werkzeug.wrappers import Request

    from pytest_sesfake import HttpRequest, SesFake
    from tests.delivery.conftest import Shop

USER, PASSWORD = LOGIN = ("ada", "p@ss")
BASIC = "Basic " + base64.b64encode(b"ada:p@ss").decode()


def asking(*challenges: str) -> Callable[..., list[bytes]]:
    """Return an application that wants a login in one of these ways, and answers with what it was given."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        login = environ.get("HTTP_AUTHORIZATION", "")
        start_response("200 OK" if login else "401 No", [("www-authenticate", each) for each in challenges])
        return [login.encode()]

    return app


def given(sesfake: SesFake, app: object, **more: Any) -> str:
    """Return the login that an application is given for a notification."""
    sesfake.subscribe(app, auth=LOGIN, confirm=False, **more)
    sesfake.send("ada@example.com")
    return sesfake.notify()[0].body.decode()


def by_httpx(method: str, url: str, challenge: str, cnonce: str) -> dict[str, str]:
    """Return what an independent client answers a challenge with."""
    client = httpx.DigestAuth(*LOGIN)
    client._get_client_nonce = lambda *_: cnonce.encode()  # type: ignore[method-assign]
    flow = client.auth_flow(httpx.Request(method, url))
    first = next(flow)
    second = flow.send(httpx.Response(401, headers={"WWW-Authenticate": challenge}, request=first))
    return fields(second.headers["Authorization"])


def fields(login: str) -> dict[str, str]:
    scheme, _, given_fields = login.partition(" ")
    assert scheme == "Digest"
    return dict(parse_keqv_list(parse_http_list(given_fields)))


class TestBasic:
    def test_it_is_given_to_who_asks_for_it_only(self, sesfake: SesFake, shop: Shop) -> None:
        sesfake.subscribe(shop, auth=LOGIN, confirm=False)
        sesfake.send("ada@example.com")
        sesfake.notify()

        assert ["HTTP_AUTHORIZATION" in environ for environ in shop.environs] == [False, False]

    @pytest.mark.parametrize("challenge", ['Basic realm="shop"', "basic"])
    def test_an_application_in_this_process_may_ask_too(self, sesfake: SesFake, challenge: str) -> None:
        assert given(sesfake, asking(challenge)) == BASIC

    def test_an_asynchronous_application_may_ask_too(self, sesfake: SesFake) -> None:
        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            login = dict(scope["headers"]).get(b"authorization")
            headers = [] if login else [(b"www-authenticate", b"Basic")]
            await send({"type": "http.response.start", "status": 200 if login else 401, "headers": headers})
            await send({"type": "http.response.body", "body": login or b""})

        assert given(sesfake, app) == BASIC

    def test_a_login_in_the_url_is_for_who_asks(self, sesfake: SesFake, httpserver: HTTPServer) -> None:
        logins: list[str | None] = []

        def answer(request: Request) -> Response:
            logins.append(request.headers.get("Authorization"))
            if request.authorization is None:
                return Response(status=401, headers={"WWW-Authenticate": 'Basic realm="shop"'})
            return Response(status=200)

        httpserver.expect_request("/hook").respond_with_handler(answer)
        url = httpserver.url_for("/hook").replace("http://", "http://ada:p%40ss@")
        subscription = sesfake.subscribe(url, confirm=False)
        sesfake.send("ada@example.com")
        sesfake.notify()

        assert logins == [None, BASIC, None, BASIC]
        assert "p%40ss" not in repr(subscription)


NONCE = 'Digest realm="the, shop", nonce="dcd98b71"'


class TestDigest:
    @pytest.mark.parametrize(
        "challenge",
        [
            NONCE,
            NONCE + ', algorithm=MD5, qop="auth"',
            NONCE + ', qop="auth,auth-int", opaque="5ccc069c"',
            NONCE + ', algorithm=SHA-256, qop="auth", opaque="5ccc069c"',
        ],
    )
    def test_it_is_what_another_client_gives(self, sesfake: SesFake, challenge: str) -> None:
        given_fields = fields(given(sesfake, asking(challenge), path="/hook?a=b"))

        expected = by_httpx("POST", "https://testserver/hook?a=b", challenge, given_fields.get("cnonce", ""))
        assert given_fields["uri"] == "/hook?a=b"
        assert PASSWORD not in given_fields.values()
        assert given_fields == expected

    def test_a_server_on_a_socket_lets_it_in(self, sesfake: SesFake, httpserver: HTTPServer) -> None:
        challenge = NONCE + ', qop="auth"'

        def answer(request: Request) -> Response:
            login = request.headers.get("Authorization")
            if login is None:
                return Response(status=401, headers={"WWW-Authenticate": challenge})
            given_fields = fields(login)
            return Response(
                status=200 if given_fields == by_httpx("POST", request.url, challenge, given_fields["cnonce"]) else 403
            )

        httpserver.expect_request("/hook").respond_with_handler(answer)
        url = httpserver.url_for("/hook?a=b").replace("http://", "http://ada:p%40ss@")
        sesfake.subscribe(url, confirm=False)
        sesfake.send("ada@example.com")

        assert {each.status for each in sesfake.notify()} == {200}

    @pytest.mark.parametrize("challenges", [('Basic realm="shop"', NONCE), ('Basic realm="a, b", ' + NONCE,)])
    def test_who_offers_both_gets_it(self, sesfake: SesFake, challenges: tuple[str, ...]) -> None:
        assert fields(given(sesfake, asking(*challenges)))["nonce"] == "dcd98b71"

    def test_who_asks_for_it_in_a_way_of_its_own_and_for_basic_gets_that(self, sesfake: SesFake) -> None:
        assert given(sesfake, asking(NONCE + ", algorithm=MD4", 'Basic realm="shop"')) == BASIC


@pytest.mark.parametrize(
    "challenge", ["", "Bearer", 'Digest realm="shop"', NONCE + ", algorithm=MD4", NONCE + ', qop="auth-int"']
)
def test_what_cannot_be_given_leaves_the_refusal(sesfake: SesFake, challenge: str) -> None:
    sesfake.subscribe(asking(challenge), auth=LOGIN, confirm=False)
    sesfake.send("ada@example.com")

    with pytest.raises(NotifyError, match="401"):
        sesfake.notify()


def test_without_a_login_the_refusal_stands(sesfake: SesFake) -> None:
    seen: list[HttpRequest] = []

    def app(request: HttpRequest) -> Response:
        seen.append(request)
        return Response(status=401, headers={"WWW-Authenticate": "Basic"})

    sesfake.subscribe(app, confirm=False)
    sesfake.send("ada@example.com")

    with pytest.raises(NotifyError, match="401"):
        sesfake.notify()
    assert len(seen) == 2


@pytest.mark.parametrize("wrong", ["ada:p@ss", ("ada",), ("ada", None), ("ada", "p@ss", "shop")])
def test_what_is_no_login_is_said_at_once_without_telling_it(sesfake: SesFake, wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^subscribe\(\) takes auth=\(user, password\), two strings$"):
        sesfake.subscribe(asking("Basic"), auth=wrong)
