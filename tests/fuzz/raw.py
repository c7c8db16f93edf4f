"""The grammar of bytes on a socket: good requests broken on purpose, and requests that frame themselves oddly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.fuzz.scene import FORM, Request, Scene
from tests.fuzz.values import NOTORIOUS, Values
from tests.fuzz.wire import message

PER_EXAMPLE = 10

METHODS = (
    b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"CONNECT", b"PROPFIND", b"BREW",
    b"get", b"G\x00T", b"", b"PRI", b"POST" * 200, b"SUBSCRIBE",
)  # fmt: skip
VERSIONS = (
    b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/9.9", b"http/1.1", b"HTTP/1.1\x00", b"", b"HTTP/1",
    b"HTTP/11.1", b"ICE/1.0",
)  # fmt: skip
_TARGETS = (
    b"*", b"/", b"//", b"http://evil.example/oidc/token", b"http:///", b"evil.example:443", b"/%", b"/%00",
    b"/\xff\xfe",
    b"/oidc/token\x00", b"/oidc/../oidc/token", b"/oidc/%2e%2e/oidc/token", b"/OIDC/TOKEN", b"/oidc/token/", b"\\oidc",
    b"/oidc/token?\xff=\xff", b"/oidc/authorize?" + b"a" * 70_000, b"/oidc/authorize/" + b"%2f" * 300, b"?", b"#", b"",
    b"/oidc/authorize?client_id=%", b"/oidc/token;x=y", b"/\t/", b"/oidc/jwks#x",
)  # fmt: skip
HEADERS = (
    b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Content-Length: 0x10", b"Content-Length: 5, 6",
    b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length:", b"Content-Length: +3", b"Content-Length: 3",
    b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: identity",
    b"Transfer-Encoding:\x0bchunked", b"Transfer-Encoding: chunked\r\nContent-Length: 3",
    b"Transfer-Encoding : chunked",
    b"Expect: 100-continue", b"Expect: a-miracle", b"Connection: close", b"Connection: keep-alive, Upgrade",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: eA==\r\nSec-WebSocket-Version: 13",
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk", b": nameless", b"no colon",
    b"X\x00Y: z", b"X-\xff: \xff", b"X: a\r\n folded", b"X: a\rb", b"X: a\nb", b"Host: a\r\nHost: b", b"Host:",
    b"Host: [::1", b"Host: \xff\xfe", b"Host: evil.example/..//", b"Cookie: " + b"a=b; " * 3000, b"X: " + b"y" * 70_000,
    b"A: b\r\n" * 800 + b"A: b", b"Content-Type: \xff", b"Content-Encoding: gzip", b"Trailer: Content-Length",
    b"Range: bytes=0-,0-,0-", b"Proxy: http://127.0.0.1:9", b"\x01: \x02",
)  # fmt: skip
_BODIES = (
    b"", b"abc", b"a=b", b"3\r\nabc\r\n0\r\n\r\n", b"zz\r\n", b"-1\r\n", b"ffffffffffffffff\r\nabc",
    b"3;x=" + b"y" * 9000,
    b"0\r\nContent-Length: 5\r\n\r\n", b"3\nabc\n0\n\n", b"3\r\nabcde\r\n", b"\x00" * 100, b"a=b&" * 20_000,
    b"abcGET /oidc/jwks HTTP/1.1\r\nHost: a\r\n\r\n",
    b"5\r\nGET /\r\n0\r\n\r\nGET /oidc/jwks HTTP/1.1\r\nHost: a\r\n\r\n",
)  # fmt: skip


@dataclass(frozen=True)
class Junk:
    """What is thrown: after it the sender waits a moment, or closes its side at once."""

    raw: bytes
    hang_up: bool


def good_requests(scene: Scene) -> list[bytes]:
    """Return requests that are right, to be broken."""
    form = b"grant_type=authorization_code&code=x&client_id=" + scene.public.client_id.encode()
    found = [
        Request(b"GET", b"/.well-known/openid-configuration"),
        Request(b"GET", scene.path("jwks_uri")),
        Request(b"GET", scene.path("authorization_endpoint") + b"?client_id=x", signed_in=True),
        Request(b"POST", scene.path("token_endpoint"), (FORM,), form),
        Request(b"POST", scene.path("userinfo_endpoint"), (FORM,), b"access_token=" + scene.tokens.access.encode()),
        Request(b"POST", scene.path("end_session_endpoint"), (FORM,), b"state=x"),
    ]
    return [scene.raw(request) for request in found]


def junk(good: Sequence[bytes], authority: bytes) -> st.SearchStrategy[tuple[Junk, ...]]:
    """Return examples: so many throws each."""
    whole = st.sampled_from(good)
    broken = st.builds(_broken, whole, st.lists(st.tuples(_WHERE, _WHAT), min_size=1, max_size=4))
    targets = st.one_of(st.sampled_from(_TARGETS), st.sampled_from(good).map(lambda raw: raw.split(b" ", 2)[1]))
    built = st.builds(
        _built,
        st.sampled_from(METHODS),
        targets,
        st.sampled_from(VERSIONS),
        st.lists(st.sampled_from((*HEADERS, b"Host: " + authority)), max_size=3),
        st.sampled_from((b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r")),
        st.sampled_from(_BODIES),
    )
    framed = st.builds(
        lambda headers, body: message(b"POST", b"/oidc/token", (FORM, (b"host", authority))).removesuffix(b"\r\n")
        + headers + b"\r\n\r\n" + body,
        st.sampled_from(HEADERS[:16]),
        st.sampled_from(_BODIES),
    )  # fmt: skip
    piped = st.lists(st.one_of(whole, broken), min_size=2, max_size=5).map(b"".join)
    anything: Values = st.one_of(broken, built, built, framed, piped, st.binary(max_size=200), whole)
    throws = st.builds(Junk, anything, st.integers(0, 3).map(lambda chosen: chosen > 0))
    return st.lists(throws, min_size=PER_EXAMPLE, max_size=PER_EXAMPLE).map(tuple)


_WHERE = st.integers(0, 10_000)
_WHAT = st.one_of(st.binary(max_size=4), st.sampled_from((b"\r\n", b"\x00", b"\r\n\r\n", b"\n", *NOTORIOUS[:30])))


def _broken(raw: bytes, cuts: Sequence[tuple[int, bytes]]) -> bytes:
    """Replace, insert or delete bytes at some places."""
    for where, what in cuts:
        at = where % (len(raw) + 1)
        raw = raw[:at] + what + raw[at + where % 5 :]
    return raw


def _built(
    method: bytes, target: bytes, version: bytes, headers: Sequence[bytes], ending: bytes, body: bytes
) -> bytes:
    return ending.join([b" ".join((method, target, version)), *headers, b"", body])
