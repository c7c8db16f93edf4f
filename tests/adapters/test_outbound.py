"""The guarded client: where a request may go, and that no server makes it wait, grow or turn elsewhere."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import anyio
import pytest

from idp.kernel.errors import ConnectionHeld
from idp.kernel.holding import holding
from idp.outbound.addresses import is_public
from idp.outbound.client import Outbound
from idp.outbound.errors import OutboundError, Refused, TooLarge, TooSlow, Unreachable, Unreadable
from idp.outbound.exchange import Answered
from idp.outbound.target import read_target
from tests.support.certificates import Authority

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
Script = Callable[[socket.socket], None]


class Raw:
    """A server that reads a request and then does what its script says."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._script, self._tls = script, tls
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def close(self) -> None:
        self.over.set()
        # Wakes the accept that is waiting, on every system.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while not self.over.is_set():
            with suppress(OSError):
                connection, _ = self._listener.accept()
                with connection:
                    self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        if self._tls is None:
            self.requests.append(whole_request(connection))
            self._script(connection)
            return
        with self._tls.wrap_socket(connection, server_side=True) as secured:
            self.requests.append(whole_request(secured))
            self._script(secured)


def whole_request(connection: socket.socket) -> bytes:
    """Read one request with its body."""
    with connection.makefile("rb") as file:
        lines = list(iter(file.readline, b"\r\n"))
        length = next((int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0)
        return b"".join(lines) + b"\r\n" + file.read(length)


@contextmanager
def raw(script: Script | bytes, tls: ssl.SSLContext | None = None) -> Iterator[Raw]:
    server = Raw((lambda s: s.sendall(script)) if isinstance(script, bytes) else script, tls)
    try:
        yield server
    finally:
        server.close()


def ask(url: str, *, client: Outbound | None = None, method: str = "GET", **options: Any) -> Answered:
    return anyio.run(partial((client or Outbound(allow_private=True)).ask, method, url, **options))


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """The resolver: for each name the answers it gives, one after the other; the last one stays."""
    known: dict[str, list[list[str]]] = {}
    genuine = socket.getaddrinfo

    def look_up(host: bytes | str, port: int, *rest: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name not in known:
            return genuine(host, port, *rest, **more)
        answers = known[name]
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("1.1.1.1", True),
        ("172.15.255.255", True),
        ("172.32.0.1", True),
        ("100.63.255.255", True),
        ("100.128.0.1", True),
        ("2606:2800:220:1::1946", True),
        ("2a01:e0a::1", True),
        ("127.0.0.1", False),
        ("127.255.255.254", False),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("172.31.255.255", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("100.127.255.255", False),
        ("0.0.0.0", False),  # noqa: S104
        ("0.1.2.3", False),
        ("192.0.0.8", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("198.51.100.7", False),
        ("203.0.113.7", False),
        ("192.88.99.1", False),
        ("224.0.0.1", False),
        ("239.255.255.250", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("::7f00:1", False),
        ("::ffff:10.0.0.1", False),
        ("::ffff:93.184.215.14", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::5db8:d70e", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:a00:1::1", False),
        ("2001::a00:1", False),
        ("2001:10::1", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("100::1", False),
        ("fc00::1", False),
        ("fd12:3456::1", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("4000::1", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::a00:1]",
        "169.254.169.254",
        "0.0.0.0",  # noqa: S104
        "100.100.0.1",
        "10.0.0.1",
    ],
)
def test_a_host_that_means_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(Refused, match="not public"):
        ask(f"https://{host}/", client=Outbound(allow_private=False))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "https:///path",
        "https://",
        "ftp://caisse.example/",
        "file:///etc/passwd",
        "gopher://caisse.example/",
        "javascript:alert(1)",
        "https://user@caisse.example/",
        "https://user:word@caisse.example/",
        "https://caisse.example\\@127.0.0.1/",
        "https://caisse.example/#part",
        "https://caisse.example:0/",
        "https://caisse.example:99999/",
        "https://caisse.example:port/",
        "https://caisse.example /",
        "https://caisse.exa\tmple/",
        "https://caisse.example/\r\nX: y",
        "https://cai%73se.example/",
        "https://caissé.example/",
        "https://１２７.0.0.1/",
        "https://ⓛocalhost/",
        "https://[::1/",
        "https://[fe80::1%25eth0]/",
        "https://[v1.x]/",
        "https://-caisse.example/",
        "https://caisse.example/" + "x" * 2048,
    ],
)
def test_a_url_that_could_be_read_in_two_ways_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        read_target(url)


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://Caisse.Example", "https://caisse.example", "/"),
        ("https://caisse.example:443/a?b=c", "https://caisse.example", "/a?b=c"),
        ("https://caisse.example:8443/", "https://caisse.example:8443", "/"),
        ("http://localhost:80?x", "http://localhost", "/?x"),
        ("https://[2A01:E0A::1]:8443/", "https://[2a01:e0a::1]:8443", "/"),
        ("https://xn--caiss-fsa.example/", "https://xn--caiss-fsa.example", "/"),
    ],
)
def test_a_url_is_read_once(url: str, origin: str, path: str) -> None:
    target = read_target(url)
    assert (target.origin, target.path) == (origin, path)


def test_an_answer_comes_whole_with_its_status_and_headers() -> None:
    with raw(b"HTTP/1.1 404 No\r\nX-One: a\r\nx-one: b\r\nContent-Length: 3\r\n\r\nabc") as server:
        answered = ask(server.url + "x?y=z", method="POST", headers={"X-Two": "c"}, content=b"body")
    assert (answered.status, answered.body, answered.headers["x-one"]) == (404, b"abc", "a, b")
    [sent] = server.requests
    assert sent.startswith(b"POST /x?y=z HTTP/1.1\r\n")
    head, _, body = sent.partition(b"\r\n\r\n")
    lines = {line.partition(b": ")[0].lower(): line.partition(b": ")[2] for line in head.split(b"\r\n")[1:]}
    assert lines[b"host"] == f"127.0.0.1:{server.port}".encode()
    assert lines[b"accept-encoding"] == b"identity"
    assert lines[b"x-two"] == b"c"
    assert body == b"body"


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with raw(OK) as server:
        assert ask(server.url).body == b"ok"


def test_no_cookie_is_kept() -> None:
    with raw(OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n")) as server:
        client = Outbound(allow_private=True)
        ask(server.url, client=client)
        ask(server.url, client=client)
    assert not any(b"cookie" in sent.lower() for sent in server.requests)


def test_no_redirect_is_followed() -> None:
    with raw(OK) as other, raw(f"HTTP/1.1 302 F\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n".encode()) as s:
        answered = ask(s.url)
    assert (answered.status, answered.headers["location"]) == (302, other.url)
    assert other.requests == []


def endless(head: bytes, part: bytes) -> Script:
    def script(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(part)

    return script


def bomb(connection: socket.socket) -> None:
    packed = gzip.compress(b"\0" * 20_000_000)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed))
    connection.sendall(packed)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096), TooLarge, id="endless body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70000, TooLarge, id="large body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + b"X-A: %s\r\n" % (b"x" * 100) * 200 + b"\r\n", TooLarge, id="many headers"
        ),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n", b"X-A: 1\r\n" * 500), Unreachable, id="endless headers"),
        pytest.param(bomb, Unreadable, id="gzip bomb"),
        pytest.param(b"", Unreachable, id="closed before the status"),
        pytest.param(b"HTTP/1.1 2", Unreachable, id="closed within the status"),
        pytest.param(b"220 mail.test ESMTP\r\n", Unreachable, id="no HTTP"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", Unreadable, id="closed within the body"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", Unreadable, id="chunks that are none"
        ),
    ],
)
def test_an_answer_that_is_no_whole_bounded_one_is_an_error(script: Script | bytes, error: type[OutboundError]) -> None:
    with raw(script) as server, pytest.raises(error) as told:
        ask(server.url)
    assert type(told.value) is error


def waiting(first: bytes, each: bytes) -> Script:
    """Send ``first``, then ``each`` now and then, for as long as somebody listens."""

    def script(connection: socket.socket) -> None:
        connection.sendall(first)
        connection.settimeout(0.02)
        while True:
            with suppress(TimeoutError):
                if not connection.recv(1):
                    return
            connection.sendall(each)

    return script


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(waiting(b"", b""), id="nothing at all"),
        pytest.param(waiting(b"HTTP/1.1 200 OK\r\n", b"X"), id="slow headers"),
        pytest.param(waiting(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="interim answers without end"),
        pytest.param(waiting(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", b"x"), id="slow bytes"),
    ],
)
def test_the_whole_exchange_has_a_limit_of_time(script: Script) -> None:
    with raw(script) as server:
        begun = time.monotonic()
        with pytest.raises(TooSlow):
            ask(server.url, seconds=0.3)
        assert time.monotonic() - begun < 2


def test_nobody_listening_is_unreachable() -> None:
    with raw(OK) as server:
        pass
    with pytest.raises(Unreachable, match="ConnectError"):
        ask(server.url)


def test_a_name_nobody_knows_is_unreachable(names: dict[str, list[list[str]]]) -> None:
    with pytest.raises(Unreachable):
        ask(f"https://{'x' * 64}.example/")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["93.184.215.14", "10.0.0.1"], ["10.0.0.1", "93.184.215.14"]])
def test_one_private_address_among_the_answers_refuses_the_host(
    names: dict[str, list[list[str]]], addresses: list[str]
) -> None:
    names["portail.example"] = [addresses]
    with pytest.raises(Refused, match="not public"):
        ask("https://portail.example/", client=Outbound(allow_private=False))


def test_plain_http_does_not_leave_the_machine(names: dict[str, list[list[str]]]) -> None:
    names["portail.example"] = [["93.184.215.14"]]
    for client in (Outbound(allow_private=True), Outbound(allow_private=False)):
        with pytest.raises(Refused, match="plain http"):
            ask("http://portail.example/", client=client)


def test_an_origin_of_the_operator_may_be_private_and_no_other() -> None:
    with raw(OK) as server, raw(OK) as other:
        client = Outbound(allow_private=False, trusted=frozenset({server.url + "registre"}))
        assert ask(server.url + "x", client=client).status == 200
        for url in (other.url, f"https://127.0.0.1:{server.port}/", f"http://localhost:{server.port}/"):
            with pytest.raises(Refused, match="not public"):
                ask(url, client=client)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def test_the_name_is_resolved_once_and_tls_and_host_carry_it(
    names: dict[str, list[list[str]]], authority: Authority
) -> None:
    names["registre.example"] = [["127.0.0.1"], ["192.0.2.1"]]
    asked: list[str | None] = []
    context = authority.server("registre.example")
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with raw(OK, context) as server:
        url = f"https://registre.example:{server.port}/"
        assert ask(url, tls=ssl.create_default_context(cafile=authority.file)).body == b"ok"
    assert asked == ["registre.example"]
    assert f"host: registre.example:{server.port}\r\n".encode() in server.requests[0].lower()
    assert names["registre.example"] == [["192.0.2.1"]], "asked exactly once"


def test_the_next_address_is_tried_where_nobody_listens(names: dict[str, list[list[str]]]) -> None:
    names["registre.example"] = [["::1", "127.0.0.1"]]
    with raw(OK) as server:
        assert ask(f"http://registre.example:{server.port}/").body == b"ok"


@pytest.mark.parametrize("trust", ["nobody", "another name"])
def test_a_certificate_that_does_not_prove_the_host_is_no_answer(
    names: dict[str, list[list[str]]], authority: Authority, trust: str
) -> None:
    names["registre.example"] = [["127.0.0.1"]]
    known = ssl.create_default_context(cafile=authority.file)
    tls, name = (None, "registre.example") if trust == "nobody" else (known, "autre.example")
    with raw(OK, authority.server(name)) as server:
        with pytest.raises(Unreachable):
            ask(f"https://registre.example:{server.port}/", tls=tls)
        assert server.requests == []


def test_nothing_is_asked_while_a_database_connection_is_held() -> None:
    with raw(OK) as server:
        with holding(), pytest.raises(ConnectionHeld):
            ask(server.url)
        assert server.requests == []
