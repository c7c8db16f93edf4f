"""What an authorization request must fulfil once its answer may be returned, one check per function, in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NoReturn

from idp.oidc.clients import Client
from idp.oidc.ports import ClientStore
from idp.oidc.requests import AuthorizationRequest, Parameters, ReturnedError, asking_client, exact_redirect_uri

PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
"""BASE64URL of a SHA-256 (RFC 7636 4.2)."""
_MAX_AGE = re.compile(r"[0-9]{1,9}\Z")

Hint = Callable[[str], Mapping[str, Any] | None]
"""Returns the claims of an ID token that we signed, or None."""


class Asked:
    """A request whose client and redirect URI are certain, while it is being checked."""

    def __init__(self, client: Client, redirect_uri: str, parameters: Parameters, hint: Hint) -> None:
        self.client = client
        self.redirect_uri = redirect_uri
        self.parameters = parameters
        self.hint = hint

    def get(self, name: str) -> str | None:
        """Return a parameter."""
        return self.parameters.get(name)

    def refuse(self, error: str, description: str) -> NoReturn:
        """Raise the error that the client is told, with the state it sent."""
        raise ReturnedError(self.redirect_uri, self.parameters.good("state"), error, description)


def parameters_come_once(asked: Asked) -> None:
    """RFC 6749 3.1: request parameters must not be included more than once."""
    if asked.parameters.repeated:
        asked.refuse("invalid_request", f"{asked.parameters.repeated[0]} was sent more than once")


def parameters_are_readable(asked: Asked) -> None:
    """Law 10: every input has a bound; control characters and bytes that are not UTF-8 have no place."""
    if asked.parameters.unreadable:
        asked.refuse("invalid_request", f"{asked.parameters.unreadable[0]} is too long or has control characters")


def no_request_object(asked: Asked) -> None:
    """OpenID Connect Core 6: a request object is never ignored in silence."""
    for name in ("request", "request_uri", "registration"):
        if asked.get(name) is not None:
            asked.refuse(f"{name}_not_supported", f"{name} is not supported")


def response_type_is_code(asked: Asked) -> None:
    """RFC 9700 2.1.2: the authorization code alone."""
    response_type = asked.get("response_type")
    if response_type is None:
        asked.refuse("invalid_request", "response_type is missing")
    if response_type != "code":
        asked.refuse("unsupported_response_type", "response_type must be code")


def response_mode_is_query(asked: Asked) -> None:
    """OAuth 2.0 Multiple Response Types 2.1."""
    if asked.get("response_mode") not in (None, "query"):
        asked.refuse("invalid_request", "response_mode must be query")


def scope_has_openid(asked: Asked) -> None:
    """OpenID Connect Core 3.1.2.1."""
    if "openid" not in _words(asked.get("scope")):
        asked.refuse("invalid_scope", "scope must contain openid")


def prompts_are_known(asked: Asked) -> None:
    """OpenID Connect Core 3.1.2.1: none stands alone."""
    prompts = _words(asked.get("prompt"))
    if not set(prompts) <= PROMPTS:
        asked.refuse("invalid_request", "prompt has an unknown value")
    if "none" in prompts and len(set(prompts)) > 1:
        asked.refuse("invalid_request", "prompt none must stand alone")


def max_age_is_a_number(asked: Asked) -> None:
    """OpenID Connect Core 3.1.2.1: whole seconds."""
    max_age = asked.get("max_age")
    if max_age is not None and not _MAX_AGE.match(max_age):
        asked.refuse("invalid_request", "max_age must be a whole number of seconds")


def code_challenge_is_s256(asked: Asked) -> None:
    """RFC 7636, RFC 9700 2.1.1: the method is named, and it is S256; plain and no method are the same mistake."""
    challenge, method = asked.get("code_challenge"), asked.get("code_challenge_method")
    if challenge is None and method is None:
        if asked.client.metadata.idp_pkce_required:
            asked.refuse("invalid_request", "code_challenge is required")
        return
    if method != "S256":
        asked.refuse("invalid_request", "code_challenge_method must be S256")
    if challenge is None or not _CHALLENGE.match(challenge):
        asked.refuse("invalid_request", "code_challenge must be the S256 of a verifier")


def hint_is_ours(asked: Asked) -> None:
    """OpenID Connect Core 3.1.2.1: an ID token of ours, made for this client; its age does not matter."""
    if asked.get("id_token_hint") is not None and _hint_sub(asked) is None:
        asked.refuse("invalid_request", "id_token_hint is not an ID token of this provider for this client")


CHECKS: Final = (
    parameters_come_once,
    parameters_are_readable,
    no_request_object,
    response_type_is_code,
    response_mode_is_query,
    scope_has_openid,
    prompts_are_known,
    max_age_is_a_number,
    code_challenge_is_s256,
    hint_is_ours,
)


def read_request(
    clients: ClientStore, pairs: Sequence[tuple[str, str]], hint: Hint
) -> tuple[Client, AuthorizationRequest]:
    """Return who asks and what. Raises ``ShownError`` or ``ReturnedError``."""
    parameters = Parameters(pairs)
    client = asking_client(clients, parameters)
    asked = Asked(client, exact_redirect_uri(client, parameters), parameters, hint)
    for check in CHECKS:
        check(asked)
    max_age = asked.get("max_age")
    return client, AuthorizationRequest(
        client_id=client.id,
        redirect_uri=asked.redirect_uri,
        scopes=client.granted(_words(asked.get("scope"))),
        state=asked.get("state"),
        nonce=asked.get("nonce"),
        prompt=tuple(sorted(set(_words(asked.get("prompt"))))),
        max_age=client.metadata.default_max_age if max_age is None else int(max_age),
        code_challenge=asked.get("code_challenge"),
        hint_sub=_hint_sub(asked),
    )


def _hint_sub(asked: Asked) -> str | None:
    token = asked.get("id_token_hint")
    claims = asked.hint(token) if token is not None else None
    if claims is None or claims.get("aud") != asked.client.id:
        return None
    return str(claims["sub"]) if "sub" in claims else None


def _words(text: str | None) -> tuple[str, ...]:
    return tuple((text or "").split())
