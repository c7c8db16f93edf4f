"""Reading an authorization request (OpenID Connect Core 3.1.2.1): who asks, where the answer goes, what is wanted.

Two kinds of refusal, by destination: ``ShownError`` before the client and its redirect URI are certain (law 8), and
``ReturnedError`` after. Unknown parameters are ignored. ``login_hint`` is read and dropped: a portal may put a social
security number there, and nothing keeps one in the clear. ``display``, ``ui_locales`` and ``claims_locales`` are
wishes: our pages fit every window, and French is the language they have.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from idp.kernel.errors import IdpError, ShownError
from idp.oidc.clients import Client
from idp.oidc.offered import CODE
from idp.oidc.ports import ClientStore

WHOLE_LIMIT = 16 * 1024
"""Bytes of a whole authorization or logout request."""
PARAMETERS = (
    "client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce", "prompt", "max_age",
    "code_challenge", "code_challenge_method", "id_token_hint", "request", "request_uri", "registration",
    "login_hint", "ui_locales", "claims_locales", "display", "acr_values", "claims", "resource",
)  # fmt: skip
LIMITS = {
    "state": 2048,
    "nonce": 512,
    "scope": 1024,
    "prompt": 100,
    "id_token_hint": 8192,
    "claims": 8192,
    "token": 8192,
    "client_assertion": 8192,
    "request": 8192,
}
DEFAULT_LIMIT = 2048
_REPEATABLE = "resource"
"""The one parameter that may come more than once (RFC 8707 2)."""
_BAD = re.compile(r"[\x00-\x1f\x7f\ufffd]")
"""Control characters, and what stands for bytes that are not UTF-8."""


Pairs = Sequence[tuple[str, str]]
"""Parameters as they came, in order."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an answer goes: a registered redirect URI, how the answer is carried there, and the client's state."""

    redirect_uri: str
    mode: str
    state: str | None


class ReturnedError(IdpError):
    """An error that the client is told (RFC 6749 4.1.2.1). ``description`` is ASCII English."""

    def __init__(self, to: Address, error: str, description: str) -> None:
        super().__init__(error)
        self.to = to
        self.error = error
        self.description = description

    @property
    def params(self) -> dict[str, str]:
        """The parameters of the answer."""
        return {"error": self.error, "error_description": self.description}


class ObjectRefused(IdpError):
    """A request object is not taken: ``error`` and ``description`` (ASCII English) are for the client, ``reason`` for
    the log: what another machine answered us is not for whoever chose its address."""

    def __init__(self, error: str, description: str, reason: str | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.reason = reason or description


@dataclass(frozen=True, slots=True)
class Resolved:
    """The parameters of a request, those of its request object merged in. Where the object was ``refused`` they are
    the ones beside it: where to say so."""

    pairs: Pairs
    refused: ObjectRefused | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What a client validly asked, ready to be parked. ``scopes`` are those granted; ``max_age`` is in seconds.

    ``hint_sub`` is the subject of a verified ``id_token_hint``, or the one that ``claims`` demands. ``claims`` is what
    counts of the parameter, as JSON text (``kept_claims``); ``resource`` are the resource indicators (RFC 8707).
    """

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str | None
    nonce: str | None
    prompt: tuple[str, ...]
    max_age: int | None
    code_challenge: str | None
    hint_sub: str | None
    response_type: str = CODE
    response_mode: str = "query"
    claims: str | None = None
    resource: tuple[str, ...] = ()
    device: str | None = None
    """The digest of the user code of the device that asks (``devices``)."""

    @property
    def address(self) -> Address:
        """Where its answer goes."""
        return Address(self.redirect_uri, self.response_mode, self.state)

    @property
    def is_silent(self) -> bool:
        """No screen may be shown."""
        return self.prompt == ("none",)

    @property
    def wants_login(self) -> bool:
        """The member must authenticate again; with one account per browser, choosing one is the same."""
        return "login" in self.prompt or "select_account" in self.prompt

    @property
    def wants_enrollment(self) -> bool:
        """Whoever is not signed in is expected to have no account yet (Initiating User Registration 1.0)."""
        return "create" in self.prompt

    @property
    def wants_consent(self) -> bool:
        """A consent given before does not do."""
        return "consent" in self.prompt

    def refusal(self, error: str, description: str) -> ReturnedError:
        """Return the error that answers this request."""
        return ReturnedError(self.address, error, description)

    def to_json(self) -> str:
        """Return the text that is parked and kept with the code."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> AuthorizationRequest:
        """Return the request of a kept text."""
        values: dict[str, Any] = json.loads(text)
        frozen: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
        return cls(**frozen)


class Parameters:
    """The known parameters of one request, and which of them came badly."""

    def __init__(self, pairs: Pairs, known: Sequence[str] = PARAMETERS) -> None:
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            if name in known:
                values.setdefault(name, []).append(value)
        self._values: Final = {name: tuple(filter(None, found)) for name, found in values.items()}
        self.repeated = tuple(name for name in known if len(values.get(name, ())) > 1 and name != _REPEATABLE)
        self.unreadable = tuple(
            name
            for name in known
            for value in values.get(name, ())
            if _BAD.search(value) or len(value) > LIMITS.get(name, DEFAULT_LIMIT)
        )

    def get(self, name: str) -> str | None:
        """Return a value; an empty one counts as absent (RFC 6749 3.1)."""
        return next(iter(self._values.get(name, ())), None)

    def all(self, name: str) -> tuple[str, ...]:
        """Return every value of a parameter that may be repeated."""
        return self._values.get(name, ())

    @property
    def plain(self) -> dict[str, str]:
        """The first value of every parameter that has one."""
        return {name: found[0] for name, found in self._values.items() if found}

    def good(self, name: str) -> str | None:
        """Return a value that came once, in bounds and without control characters; else None."""
        return None if name in self.repeated or name in self.unreadable else self.get(name)


def asking_client(clients: ClientStore, parameters: Parameters) -> Client:
    """Return the client. Raises ``ShownError`` when it is unknown or named badly."""
    client_id = parameters.good("client_id")
    client = clients.get(client_id) if client_id else None
    if client is None:
        raise ShownError("error.portal_unknown", 400)
    return client


def exact_redirect_uri(client: Client, parameters: Parameters) -> str:
    """Return the redirect URI, which must be registered to the letter (law 8; RFC 9700 2.1). Raises ``ShownError``."""
    redirect_uri = parameters.good("redirect_uri")
    if redirect_uri is None or redirect_uri not in client.metadata.redirect_uris:
        raise ShownError("error.portal", 400, {"portal": client.name[:60]})
    return redirect_uri
