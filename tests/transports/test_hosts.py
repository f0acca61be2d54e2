"""The host names of SES lead to our listeners while a fake is active, and nothing else is touched."""

from __future__ import annotations

import contextlib
import errno
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from pytest_sesfake.transports import runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.conftest import Reached
    from tests.transports.conftest import StubCallHandler

HOST = "email-smtp.eu-west-1.amazonaws.com"

pytestmark = pytest.mark.usefixtures("call_handler")


def address_of(host: str | bytes, port: int | str = 587, **options: int) -> tuple[Any, ...]:
    found: tuple[Any, ...] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, **options)[0][4]
    return found


class TestNames:
    def test_a_name_has_one_address_of_this_machine_and_keeps_the_port(self) -> None:
        address, port = address_of(HOST, 2587)

        assert address.startswith("127.")
        assert address != "127.0.0.1"
        assert port == 2587
        assert address_of(HOST, 465) == (address, 465)

    def test_every_name_has_an_address_of_its_own(self) -> None:
        names = [f"email-smtp.eu-west-{number}.amazonaws.com" for number in range(600)]

        assert len({address_of(name) for name in names}) == 600

    @pytest.mark.parametrize("name", [HOST.upper(), f"{HOST}.", HOST.encode()])
    def test_a_name_is_known_however_it_is_spelt(self, name: str | bytes) -> None:
        assert address_of(name) == address_of(HOST)

    def test_arguments_may_be_named(self) -> None:
        assert socket.getaddrinfo(host=HOST, port="submission", proto=socket.IPPROTO_TCP)[0][4] == address_of(HOST)

    def test_the_older_functions_agree(self) -> None:
        address = address_of(HOST)[0]

        assert socket.gethostbyname(HOST) == address
        assert socket.gethostbyname_ex(HOST)[2] == [address]

    def test_there_is_no_address_of_the_newer_kind(self) -> None:
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(HOST, 587, socket.AF_INET6)

    def test_a_lookup_of_numeric_hosts_fails_for_a_name(self, reached: Reached) -> None:
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(HOST, 587, 0, 0, 0, socket.AI_NUMERICHOST)
        with pytest.raises(socket.gaierror):
            socket.getaddrinfo(HOST, 587, flags=socket.AI_NUMERICHOST)

        assert len(reached.take()) == 2  # asked with that flag, nobody is

    @pytest.mark.parametrize("name", ["localhost", "127.0.0.1", None])
    def test_other_names_are_none_of_our_business(self, name: str | None) -> None:
        assert socket.getaddrinfo(name, 587, socket.AF_INET, socket.SOCK_STREAM)[0][4][0] == "127.0.0.1"

    def test_a_host_for_https_is_none_of_our_business_without_a_listener_for_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[Any] = []

        def answer(host: object, *_args: object) -> list[object]:
            asked.append(host)
            return []

        interceptor = runtime._runtime._interceptors[-1]  # type: ignore[index]
        resolve = interceptor._wrap_resolver(socket, answer)
        with monkeypatch.context() as patch:
            patch.delitem(interceptor.routes, ("https", 443))
            resolve("email.eu-west-1.amazonaws.com", 443)
        resolve("email.eu-west-1.amazonaws.com", 443)

        assert asked[0] == "email.eu-west-1.amazonaws.com"
        assert asked[1].startswith("127.")


@pytest.fixture
def client() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        client.settimeout(10)
        yield client


class TestConnections:
    @pytest.mark.parametrize("port", [25, 587, 2587])
    def test_ports_for_starttls_greet_in_clear(self, client: socket.socket, port: int) -> None:
        client.connect(address_of(HOST, port))

        assert client.recv(3) == b"220"

    @pytest.mark.parametrize("port", [465, 2465])
    def test_ports_for_tls_do_not(self, client: socket.socket, port: int) -> None:
        assert client.connect_ex(address_of(HOST, port)) == 0
        client.settimeout(0.1)

        with pytest.raises(TimeoutError):
            client.recv(3)

    @pytest.mark.parametrize("port", [24, 443, 2525])
    def test_other_ports_are_closed(self, client: socket.socket, port: int) -> None:
        with pytest.raises(ConnectionRefusedError, match="refused") as caught:
            client.connect(address_of(HOST, port))

        assert caught.value.errno == errno.ECONNREFUSED
        assert client.connect_ex(address_of(HOST, port)) == errno.ECONNREFUSED

    def test_a_name_need_not_be_resolved_first(self, client: socket.socket) -> None:
        client.connect((HOST, 587))

        assert client.recv(3) == b"220"

    def test_a_socket_of_the_newer_kind_may_use_the_address_of_the_older_one(self) -> None:
        if not socket.has_dualstack_ipv6():
            pytest.skip("this machine has no dual-stack sockets")
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as client:
            client.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            client.connect((f"::ffff:{address_of(HOST)[0]}", 587, 0, 0))

            assert client.recv(3) == b"220"

    def test_a_socket_that_does_not_block_connects_in_its_own_time(self, client: socket.socket) -> None:
        client.settimeout(0)
        assert client.connect_ex(address_of(HOST)) in (0, errno.EINPROGRESS)
        client.settimeout(10)

        assert client.recv(3) == b"220"

    def test_other_addresses_are_none_of_our_business(self, client: socket.socket) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            client.connect(server.getsockname())

            assert client.getpeername() == server.getsockname()

    @pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
    def test_other_kinds_of_addresses_are_none_of_our_business(self, tmp_path: Any) -> None:
        with socket.socket(socket.AF_UNIX) as client, pytest.raises(FileNotFoundError):
            client.connect(str(tmp_path / "nobody"))

    def test_who_connected_is_forgotten_with_the_connection(self, client: socket.socket) -> None:
        interceptor = runtime._runtime._interceptors[-1]  # type: ignore[index]
        client.connect(address_of(HOST))
        port = client.getsockname()[1]
        assert client.recv(3) == b"220"
        caller = interceptor.callers[port]
        client.close()
        while port in interceptor.callers:
            assert runtime.finish()

        assert caller is not None
        assert caller[0] == __file__


def handshake(context: ssl.SSLContext, host: str, port: int = 465) -> dict[str, Any]:
    with (
        socket.create_connection((HOST, port), timeout=10) as client,
        context.wrap_socket(client, server_hostname=host) as secure,
    ):
        certificate: Any = secure.getpeercert()
        return certificate or {}


class TestTls:
    def test_a_default_context_trusts_our_certificate_for_the_very_name(self) -> None:
        certificate = handshake(ssl.create_default_context(), HOST)

        assert certificate["subjectAltName"] == (("DNS", HOST),)
        assert int(certificate["notAfter"].split()[3]) > 2100

    def test_a_context_that_verifies_nothing_works_too(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE

        assert handshake(context, HOST)["subjectAltName"] == (("DNS", HOST),)

    def test_a_context_that_trusts_nobody_works_too(self) -> None:
        assert handshake(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), HOST)

    def test_any_region_has_its_certificate(self) -> None:
        host = "email-smtp-fips.us-gov-west-1.amazonaws.com"

        assert handshake(ssl.create_default_context(), host)["subjectAltName"] == (("DNS", host),)

    def test_the_context_itself_is_left_as_it_was(self) -> None:
        context = ssl.create_default_context()
        before = context.cert_store_stats()
        handshake(context, HOST)

        assert context.cert_store_stats() == before

    def test_the_listener_by_its_own_address_is_trusted_with_its_ca_file_only(self) -> None:
        listener = runtime.smtp()
        trusting = ssl.create_default_context(cafile=listener.ca_file)
        for host in ("127.0.0.1", "localhost"):
            with socket.create_connection((listener.host, listener.tls_port), timeout=10) as client:
                trusting.wrap_socket(client, server_hostname=host).close()
        with (
            socket.create_connection((listener.host, listener.tls_port), timeout=10) as client,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            ssl.create_default_context().wrap_socket(client, server_hostname="localhost")

    def test_a_certificate_of_anybody_else_is_not_trusted(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert(HOST).configure_cert(context)
        ours, theirs = socket.socketpair()

        def serve() -> None:
            with theirs, contextlib.suppress(ssl.SSLError):
                context.wrap_socket(theirs, server_side=True).close()

        server = threading.Thread(target=serve)
        server.start()
        with ours, pytest.raises(ssl.SSLCertVerificationError):
            ssl.create_default_context().wrap_socket(ours, server_hostname=HOST)
        server.join(10)

        assert not server.is_alive()

    def test_a_session_of_another_context_is_left_out(self) -> None:
        context = ssl.create_default_context()
        session: Any = object()
        by_name = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=HOST, session=session)
        arguments: tuple[Any, ...] = (ssl.MemoryBIO(), ssl.MemoryBIO(), False, HOST, session)
        by_position = context.wrap_bio(*arguments)

        assert by_name.context is by_position.context is not context


class TestPytestSocket:
    """pytest-socket replaces what we replace, and puts back what it knows."""

    @pytest.fixture
    def guard(self) -> Iterator[Any]:
        guard = pytest.importorskip("pytest_socket")
        yield guard
        guard._remove_restrictions()

    @pytest.fixture
    def inner(self, call_handler: StubCallHandler) -> Callable[[], StubCallHandler]:
        return call_handler.__class__

    def test_allowed_hosts_are_all_that_is_needed(self, guard: Any, inner: Callable[[], StubCallHandler]) -> None:
        guard.socket_allow_hosts(["127.0.0.1"])
        fake = inner()
        runtime.enter(fake.call_handler)
        with socket.create_connection((HOST, 587), timeout=10) as client:
            assert client.recv(3) == b"220"
        runtime.leave(fake.call_handler)

    def test_the_patches_come_back_after_its_tear_down(self, guard: Any, inner: Callable[[], StubCallHandler]) -> None:
        guard.socket_allow_hosts(["127.0.0.1"])
        guard._remove_restrictions()
        fake = inner()
        runtime.enter(fake.call_handler)
        with socket.create_connection((HOST, 587), timeout=10) as client:
            assert client.recv(3) == b"220"
        runtime.leave(fake.call_handler)

    def test_a_test_without_sockets_stays_without_and_the_next_one_has_them(
        self,
        guard: Any,
        stub: StubCallHandler,
    ) -> None:
        runtime.leave(stub.call_handler)
        guard.disable_socket()
        runtime.enter(stub.call_handler)
        with pytest.warns(UserWarning, match="tried to use"), pytest.raises(RuntimeError, match="socket"):
            socket.create_connection((HOST, 587), timeout=10)
        guard._remove_restrictions()
        runtime.leave(stub.call_handler)
        resolver = socket.getaddrinfo
        runtime.enter(stub.call_handler)

        assert resolver is guard._true_getaddrinfo
