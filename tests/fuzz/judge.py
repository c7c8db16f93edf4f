"""What holds of every answer, whatever was asked, and what must never be in the log."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from html import escape, unescape
from urllib.parse import urlsplit

from tests.fuzz.wire import Answer

CANARY = "kanarienvogel"
"""A word that is in what the fuzzers send: it has no place in a log."""
INJECTED = "fuzzed"
"""The name of a header that line breaks in parameters try to add."""
_OF_THE_SERVER = "Invalid HTTP request received."
"""What uvicorn answers to what is no HTTP: the provider never saw it."""
_HEADERS = {
    "x-content-type-options": ("nosniff",),
    "x-frame-options": ("DENY",),
    "cross-origin-opener-policy": ("same-origin",),
    "permissions-policy": ("camera=(), geolocation=(), microphone=()",),
    # Who is told where the member comes from: nobody; the portal an answer is posted to learns the bare origin.
    "referrer-policy": ("same-origin", "no-referrer", "strict-origin"),
}
"""What every answer carries."""
_COOKIES = re.compile(r"(?:__Host-)?idp_(?:browser|session|enrollment|device|[a-z]+)=")
_DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*\Z")
"""RFC 6749 5.2: the characters of an ``error_description``."""
_ACTION = re.compile(r"<form[^>]*\saction=\"([^\"]*)\"")
_MARKUP = re.compile(r"[<>\"'&]")


class Log:
    """A stream that reads the log as it is written, and keeps only what must not be there."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.told: list[str] = []

    def write(self, text: str) -> int:
        """Take what was logged."""
        if '"event": "fault"' in text or "Traceback" in text or re.search(r'"level": "(error|critical)"', text):
            self.faults.append(text)
        if CANARY in text:
            self.told.append(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        """No terminal."""
        return False

    def is_clean(self) -> None:
        """Raise ``AssertionError`` for a fault, or for something told that was asked."""
        assert not self.faults, self.faults[0].replace("\\n", "\n")
        assert not self.told, self.told[0]


class Judge:
    """Judges the answers of one provider. ``registered`` are the addresses it may send a browser to."""

    def __init__(self, issuer: str, registered: Collection[str]) -> None:
        self._issuer = issuer
        self._registered = registered

    def judge(self, answer: Answer, values: Iterable[str] = (), *, framed: bool = False) -> None:
        """Raise ``AssertionError`` for an answer that must not be; ``values`` were sent, ``framed`` is meant to be."""
        told = (answer.status, answer.headers, answer.body[:300])
        assert 200 <= answer.status < 500, told
        if is_of_the_server(answer):
            return
        for name, allowed in _HEADERS.items():
            is_framed = framed and name == "x-frame-options" and answer.status == 200
            assert answer.header(name) in (("",) if is_framed else allowed), (name, told)
        assert answer.header("cache-control"), told
        assert not answer.all(INJECTED), told
        for cookie in answer.all("set-cookie"):
            assert _COOKIES.match(cookie), told
            # The page of session management reads how the session stands: a digest, and nobody's secret.
            assert "httponly" in cookie.lower() or cookie.startswith("idp_state="), told
        if location := answer.header("location"):
            assert self.is_allowed(location), told
        if answer.kind == "text/html":
            self._page(answer, values)
        elif answer.kind.endswith("json") and answer.body:
            _json(answer)
        else:
            assert answer.kind in ("", "text/plain", "application/token-introspection+jwt", "application/jwt"), told

    def is_allowed(self, location: str) -> bool:
        """Tell whether a browser may be sent there: to a page of ours, or to a registered address with an answer."""
        assert not re.search(r"[\x00-\x20\x7f-\xff\\]", location), location
        if re.match(r"/(?!/)", location):
            return True
        if any(location == uri or location.startswith((f"{uri}?", f"{uri}#", f"{uri}&")) for uri in self._registered):
            return True
        parts = urlsplit(location)
        ours = urlsplit(self._issuer)
        return location.startswith(f"{self._issuer}/") and parts.netloc == ours.netloc

    def _page(self, answer: Answer, values: Iterable[str]) -> None:
        assert answer.header("content-security-policy"), answer.headers
        text = answer.body.decode("utf-8")
        for action in _ACTION.findall(text):
            assert not action or self.is_allowed(unescape(action)), action
        for value in values:
            # What is escaped reads otherwise; so a value with markup that stands there as it is was not.
            if len(value) >= 6 and _MARKUP.search(value) and value != escape(value):
                assert value not in text, value
        assert f"<{CANARY}" not in text, text[:2000]


def is_of_the_server(answer: Answer) -> bool:
    """Tell whether the HTTP server refused by itself what is no HTTP; a HEAD gets no body."""
    is_plain = answer.kind == "text/plain" and answer.header("connection") == "close"
    length = str(len(_OF_THE_SERVER))
    return answer.status == 400 and is_plain and answer.header("content-length") == length


def _json(answer: Answer) -> None:
    body = json.loads(answer.body)
    if answer.status >= 400 and body:
        assert isinstance(body["error"], str), body
        assert re.fullmatch(r"[a-z_]+", body["error"]), body
        assert _DESCRIPTION.match(body.get("error_description", "")), body
        assert CANARY not in answer.body.decode(), body
