"""What the fuzzers found about the HTTP server before us, each by name (``idp.cli.serving``)."""

from __future__ import annotations

import socket
from contextlib import suppress

import pytest

from idp.cli.serving import HEAD_LIMIT
from idp.kernel import log
from tests.fuzz.scene import Scene

GOOD = b"GET /oidc/authorize?client_id=x HTTP/1.1\r\nHost: a\r\n\r\n"


def test_junk_after_a_good_request_is_no_fault_of_ours(usual: Scene) -> None:
    log.configure(stream=usual.log, json=True)  # type: ignore[arg-type]  # all of a stream that a log needs
    for junk in (b"\x00\x00", b"POST\r\n\r\n", GOOD + b"\x00", GOOD + GOOD + b"}{"):
        for _ in range(5):
            answer = usual.wire.throw(GOOD + junk, hang_up=False)
            assert answer is not None
            assert answer.status == 400
    usual.still_works()


def test_hanging_up_between_pipelined_requests_is_no_fault_of_ours(usual: Scene) -> None:
    log.configure(stream=usual.log, json=True)  # type: ignore[arg-type]  # all of a stream that a log needs
    for many in range(1, 6):
        for _ in range(5):
            usual.wire.throw(GOOD * many, hang_up=True)
    usual.still_works()


@pytest.mark.parametrize("path", ["/oidc/token", "/oidc/authorize", "/oidc/userinfo", "/oidc/logout", "/connexion"])
def test_hanging_up_within_a_body_is_no_fault_of_ours(usual: Scene, path: str) -> None:
    log.configure(stream=usual.log, json=True)  # type: ignore[arg-type]  # all of a stream that a log needs
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n".encode()
    for rest in (b"Content-Length: 10\r\n\r\na=b", b"Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n"):
        usual.wire.throw(head + rest, hang_up=True)
    usual.still_works()


ENDLESS = {
    "request line": (b"GET /", b"a" * 4096),
    "header": (b"GET / HTTP/1.1\r\nX: ", b"a" * 4096),
    "headers": (b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 700),
    "trailers": (
        b"POST /oidc/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
        b"X: y\r\n" * 700,
    ),
    "chunk extension": (
        b"POST /oidc/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        b"x=y;" * 1000,
    ),
}
MOST = 16 * 1024 * 1024
"""Bytes sent before the end is noticed here: the kernel holds what nobody reads."""


@pytest.mark.parametrize("kind", ENDLESS)
def test_what_is_no_body_has_an_end(usual: Scene, kind: str) -> None:
    begin, more = ENDLESS[kind]
    host, _, port = usual.wire.authority.decode().partition(":")
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.sendall(begin)
        sent = 0
        with suppress(ConnectionError):
            while sent <= MOST:
                connection.sendall(more)
                sent += len(more)
    assert HEAD_LIMIT <= sent <= MOST
