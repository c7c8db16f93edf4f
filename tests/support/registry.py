"""A fund's registry on the loopback: a real HTTP server that follows ``docs/registry.openapi.yaml``, or misbehaves."""

from __future__ import annotations

import json
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from idp.demo.people import PEOPLE
from idp.kernel.clock import Clock, paris_date, seconds
from idp.members.question import Question, window
from tests.support.openapi import OpenApi

OPENAPI = OpenApi(Path(__file__).parents[2] / "docs" / "registry.openapi.yaml")

Paid = tuple[date, str, int]
"""Day, label, cents."""


@dataclass(frozen=True, slots=True)
class FundMember:
    """One member as the fund has it."""

    nir: str
    ref: str | None = None
    serial: str | None = None
    payments: tuple[Paid, ...] = ()
    invoices: tuple[Paid, ...] = ()
    left: bool = False
    deceased: bool = False

    def within(self, question: str, today: date) -> set[int]:
        """Return the amounts that answer a question, in cents."""
        first, last = window(Question(question), today)
        rows = self.payments if question == "payment" else self.invoices
        return {cents for day, _, cents in rows if first <= day <= last}


def demo_members(today: date) -> tuple[FundMember, ...]:
    """Return the demo's members, dates counted back from ``today``; they have no reference."""
    return tuple(
        FundMember(
            nir=person.nir,
            serial=person.serial or None,
            payments=tuple((day, m.label, m.cents) for m in person.payments for day in m.dates(today)),
            invoices=tuple((day, m.label, m.cents) for m in person.invoices for day in m.dates(today)),
        )
        for person in PEOPLE
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class RegistryServer:
    """The running server. ``mode`` is a key of ``MODES`` and may change at any time."""

    members: tuple[FundMember, ...]
    clock: Clock
    common: int = 20
    tls: ssl.SSLContext | None = None
    bearer: tuple[RSAKey | ECKey, str] | None = None
    """The public key that signs bearer tokens, and their issuer; None: nobody has to prove anything."""
    mode: str = "ok"
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    judged: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    """Idempotency key → body and verdict, oldest first."""
    tokens: set[str] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)
    dies_at: str | None = None
    """The mode, a way to fail, in which the next request is answered; with it the server ends like ``stop``."""
    deaths: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _switch: threading.Lock = field(default_factory=threading.Lock)
    _http: _Http | None = None

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def attempts(self) -> list[tuple[str, str]]:
        """Every try that was judged, once: its idempotency key and the verdict."""
        return [(key, verdict) for key, (_, verdict) in self.judged.items()]

    @property
    def is_up(self) -> bool:
        return self._http is not None

    def start(self) -> None:
        """Listen, on the same port as before."""
        with self._switch:
            self.ended.clear()
            self._http = _Http(self)
            self.port = self._http.server_address[1]
            threading.Thread(target=self._http.serve_forever, args=(0.01,), name="registry", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and end what hangs."""
        self.ended.set()
        with self._switch:
            if self._http is not None:
                self._http.shutdown()
                self._http.server_close()
                self._http = None

    def serve(self, handler: _Handler, seen: Seen) -> None:
        """Answer one request; it may be the last one."""
        with self._lock:
            death, self.dies_at = self.dies_at, None
        MODES[death or self.mode](self, handler, seen)
        if death is not None:
            self.deaths.append(death)
            self.stop()

    def answer(self, seen: Seen) -> tuple[int, dict[str, Any]]:
        """Answer as the contract says."""
        if seen.path not in OPENAPI.document["paths"]:
            return 404, {}
        if not self._proven(seen):
            return 401, {}
        body = json.loads(seen.body)
        if OPENAPI.faults(OPENAPI.asked(seen.path)["schema"], body):
            return 400, {}
        status, told = self._answers()[seen.path](seen, body)
        if status == 200:
            assert OPENAPI.faults(OPENAPI.answered(seen.path)["schema"], told) == []
        return status, told

    def _answers(self) -> dict[str, Callable[[Seen, dict[str, Any]], tuple[int, dict[str, Any]]]]:
        return {"/questions": self._possible, "/verifications": self._verdict, "/payments": self._payments}

    def _possible(self, _: Seen, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        member = self._member(body["member"])
        gone = member is None or member.left or member.deceased
        return 200, {"possible": not gone and self._judgeable(member, body["question"])}

    def _verdict(self, seen: Seen, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        key = seen.headers.get("idempotency-key", "")
        if not key:
            return 400, {}
        with self._lock:
            known, verdict = self.judged.setdefault(key, (seen.body, self._judge(body)))
        return (200, {"verdict": verdict}) if known == seen.body else (422, {})

    def _payments(self, _: Seen, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        member = self._member(body["member"])
        since = date.fromisoformat(body["since"])
        paid = sorted(row for row in (member.payments if member else ()) if row[0] >= since)[-200:]
        rows = [{"paid_on": d.isoformat(), "label": t, "amount": f"{c // 100}.{c % 100:02d}"} for d, t, c in paid]
        return 200, {"payments": rows}

    def _judge(self, body: dict[str, Any]) -> str:
        question, answer, member = body["question"], body["answer"], self._member(body["member"])
        cents = int(answer["amount"].replace(".", "")) if "amount" in answer else None
        if cents is not None and self._is_common(question, cents):
            return "common"
        if member is None:
            return "no_question"
        if member.deceased or member.left:
            return "deceased" if member.deceased else "left"
        if not self._judgeable(member, question):
            return "no_question"
        has = answer["serial"] == member.serial if cents is None else cents in member.within(question, self._today)
        return "right" if has else "wrong"

    def _judgeable(self, member: FundMember | None, question: str) -> bool:
        if member is None:
            return False
        if Question(question).about_card:
            return member.serial is not None
        return any(not self._is_common(question, cents) for cents in member.within(question, self._today))

    def _is_common(self, question: str, cents: int) -> bool:
        return sum(cents in member.within(question, self._today) for member in self.members) > self.common

    def _member(self, named: dict[str, str]) -> FundMember | None:
        if "ref" in named:
            return next((member for member in self.members if member.ref == named["ref"]), None)
        return next((member for member in self.members if member.nir == named["nir"]), None)

    @property
    def _today(self) -> date:
        return paris_date(self.clock.now())

    def _proven(self, seen: Seen) -> bool:
        if self.bearer is None:
            return True
        key, issuer = self.bearer
        algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
        try:
            token = jwt.decode(seen.headers.get("authorization", "").removeprefix("Bearer "), key, [algorithm])
        except (JoseError, ValueError):
            return False
        now, claims = seconds(self.clock.now()), token.claims
        wanted = {"iss": issuer, "aud": self.url, "iat": now, "exp": now + 60}
        with self._lock:
            fresh = len(claims["jti"]) >= 22 and claims["jti"] not in self.tokens
            self.tokens.add(claims["jti"])
        header = {"alg": algorithm, "typ": "JWT", "kid": key.thumbprint()}
        return fresh and claims == {**wanted, "jti": claims["jti"]} and token.header == header


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, registry: RegistryServer) -> None:
        self.registry = registry
        super().__init__(("127.0.0.1", registry.port), _Handler)

    def get_request(self) -> tuple[Any, Any]:
        """Take a connection; its handshake is left to its thread, so that a client that fails stops nobody else."""
        connection, client = super().get_request()
        tls = self.registry.tls
        if tls is None:
            return connection, client
        return tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), client

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a client that hung up; a fault of this server is told."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        registry = cast(_Http, self.server).registry
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = Seen(self.path, headers, self.rfile.read(int(headers.get("content-length", "0"))))
        registry.seen.append(seen)
        self.close_connection = True
        registry.serve(self, seen)

    def say(self, status: int, body: bytes, kind: str = "application/json", **more: str) -> None:
        """Send a whole answer."""
        self.begin(status, len(body), kind, **more)
        self.wfile.write(body)

    def begin(self, status: int, length: int, kind: str = "application/json", **more: str) -> None:
        """Send the headers of an answer."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(length), **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: a test reads ``seen``."""


Mode = Callable[[RegistryServer, _Handler, Seen], None]


def _ok(registry: RegistryServer, handler: _Handler, seen: Seen) -> None:
    status, told = registry.answer(seen)
    handler.say(status, json.dumps(told).encode())


def _fixed(status: int, body: bytes, kind: str = "application/json", **more: str) -> Mode:
    return lambda _, handler, __: handler.say(status, body, kind, **more)


def _hang(registry: RegistryServer, _: _Handler, __: Seen) -> None:
    registry.ended.wait(30)


def _slow(registry: RegistryServer, handler: _Handler, _: Seen) -> None:
    handler.begin(200, 10_000)
    while not registry.ended.wait(0.02):
        handler.wfile.write(b" ")


def _close(_: RegistryServer, __: _Handler, ___: Seen) -> None:
    """Hang up without a word."""


def _lost(registry: RegistryServer, handler: _Handler, seen: Seen) -> None:
    """Judge, and hang up before the answer; the next request is answered."""
    registry.answer(seen)
    registry.mode = "ok"


def _half(_: RegistryServer, handler: _Handler, __: Seen) -> None:
    handler.begin(200, 1000)
    handler.wfile.write(b'{"verdict": "right"')


_RIGHT = b'{"verdict": "right", "possible": true, "payments": []}'

MODES: dict[str, Mode] = {
    "ok": _ok,
    "hang": _hang,
    "error": _fixed(500, _RIGHT),
    "busy": _fixed(503, _RIGHT),
    "created": _fixed(201, _RIGHT),
    "slow": _slow,
    "garbage": _fixed(200, b'{"verdict": "right", "possible": tr'),
    "not_utf8": _fixed(200, b'{"verdict": "right\xff"}'),
    "deep": _fixed(200, b"[" * 60_000),
    "no_object": _fixed(200, b'["right"]'),
    "empty": _fixed(200, b"{}"),
    "wrong_type": _fixed(200, b'{"verdict": true, "possible": "yes", "payments": {}}'),
    "unknown": _fixed(200, b'{"verdict": "maybe", "possible": null, "payments": [{"amount": "1.00"}]}'),
    "html": _fixed(200, _RIGHT, "text/html"),
    "huge": _fixed(200, _RIGHT[:-1] + b" " * 2_000_000 + b"}"),
    "redirect": _fixed(307, _RIGHT, Location="/payments"),
    "close": _close,
    "half": _half,
    "lost": _lost,
}
"""What the server can do: as the contract says, or one of the ways to fail."""


@contextmanager
def registry_server(
    members: tuple[FundMember, ...],
    clock: Clock,
    *,
    common: int = 20,
    tls: ssl.SSLContext | None = None,
    bearer: tuple[RSAKey | ECKey, str] | None = None,
) -> Iterator[RegistryServer]:
    """Run a registry that knows these members."""
    registry = RegistryServer(members, clock, common, tls, bearer)
    registry.start()
    try:
        yield registry
    finally:
        registry.stop()
