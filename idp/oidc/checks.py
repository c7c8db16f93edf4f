"""What an authorization request must fulfil once its answer may be returned, one check per function, in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

from idp.oidc.claims import names_told
from idp.oidc.clients import Client
from idp.oidc.offered import IMPLICIT, RESPONSE_MODES, Offered, response_type
from idp.oidc.ports import ClientStore
from idp.oidc.requests import (
    Address,
    AuthorizationRequest,
    ObjectRefused,
    Pairs,
    Parameters,
    ReturnedError,
    asking_client,
    exact_redirect_uri,
)
from idp.oidc.wanted_claims import kept_claims, wanted_claims

PROMPTS = frozenset({"none", "login", "consent", "select_account", "create"})
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
"""BASE64URL of a SHA-256 (RFC 7636 4.2)."""
_MAX_AGE = re.compile(r"[0-9]{1,9}\Z")

Hint = Callable[[str], Mapping[str, Any] | None]
"""Returns the claims of an ID token that we signed, or None."""


class Asked:
    """A request whose client and redirect URI are certain, while it is being checked."""

    def __init__(self, client: Client, redirect_uri: str, parameters: Parameters, hint: Hint, offered: Offered) -> None:
        self.client = client
        self.redirect_uri = redirect_uri
        self.parameters = parameters
        self.hint = hint
        self.offered = offered
        self.response_type = response_type(parameters.good("response_type") or "")
        self.mode = _mode(self.response_type, parameters.good("response_mode"))

    def get(self, name: str) -> str | None:
        """Return a parameter."""
        return self.parameters.get(name)

    @property
    def address(self) -> Address:
        """Where the answer goes."""
        return Address(self.redirect_uri, self.mode, self.parameters.good("state"))

    def refuse(self, error: str, description: str) -> NoReturn:
        """Raise the error that the client is told, with the state it sent."""
        raise ReturnedError(self.address, error, description)


def _mode(kind: str, wanted: str | None) -> str:
    """Return how the answer is carried (OAuth 2.0 Multiple Response Types 2.1, 5): an answer that may hold tokens never
    travels in a query; a mode that cannot be used does not keep an error from arriving."""
    usual = "fragment" if {"token", "id_token"} & set(kind.split()) else "query"
    if wanted not in RESPONSE_MODES or (wanted == "query" and usual == "fragment"):
        return usual
    return wanted


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


def response_type_is_offered(asked: Asked) -> None:
    """RFC 6749 3.1.1; RFC 9700 2.1.2: the code alone, unless certification asks for more."""
    if asked.get("response_type") is None:
        asked.refuse("invalid_request", "response_type is missing")
    if asked.response_type not in asked.offered.response_types:
        asked.refuse("unsupported_response_type", "response_type is not supported")
    if asked.response_type not in asked.client.metadata.response_types:
        asked.refuse("unauthorized_client", "the client did not register this response_type")


def response_mode_is_used(asked: Asked) -> None:
    """OAuth 2.0 Multiple Response Types 2.1, OAuth 2.0 Form Post Response Mode."""
    if asked.get("response_mode") not in (None, asked.mode):
        asked.refuse("invalid_request", "response_mode does not exist, or not for this response_type")


def scope_has_openid(asked: Asked) -> None:
    """OpenID Connect Core 3.1.2.1."""
    if "openid" not in _words(asked.get("scope")):
        asked.refuse("invalid_scope", "scope must contain openid")


def nonce_binds_an_id_token(asked: Asked) -> None:
    """OpenID Connect Core 3.2.2.1, 3.3.2.11: an ID token that comes by the browser needs a nonce."""
    if "id_token" in asked.response_type.split() and asked.get("nonce") is None:
        asked.refuse("invalid_request", "nonce is missing")


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
    if asked.response_type in IMPLICIT:
        return
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


def claims_are_readable(asked: Asked) -> None:
    """OpenID Connect Core 5.5."""
    try:
        wanted = wanted_claims(asked.get("claims"))
    except ValueError:
        asked.refuse("invalid_request", "claims cannot be read")
    if wanted.sub is not None and _hint_sub(asked) not in (None, wanted.sub):
        asked.refuse("invalid_request", "id_token_hint and claims demand two different members")


def resources_are_the_clients(asked: Asked) -> None:
    """RFC 8707 2: only what the operator opened to this client."""
    if not set(asked.parameters.all("resource")) <= set(asked.client.metadata.idp_resources):
        asked.refuse("invalid_target", "resource is not one of this client")


CHECKS: Final = (
    parameters_come_once,
    parameters_are_readable,
    no_request_object,
    response_type_is_offered,
    response_mode_is_used,
    scope_has_openid,
    nonce_binds_an_id_token,
    prompts_are_known,
    max_age_is_a_number,
    code_challenge_is_s256,
    hint_is_ours,
    claims_are_readable,
    resources_are_the_clients,
)


def read_request(
    clients: ClientStore,
    pairs: Pairs,
    hint: Hint,
    offered: Offered,
    refused: ObjectRefused | None = None,
) -> tuple[Client, AuthorizationRequest]:
    """Return who asks and what; ``refused`` is why its request object was not taken. Raises ``ShownError`` or
    ``ReturnedError``."""
    parameters = Parameters(pairs)
    client = asking_client(clients, parameters)
    asked = Asked(client, exact_redirect_uri(client, parameters), parameters, hint, offered)
    if refused is not None:
        asked.refuse(refused.error, refused.description)
    for check in CHECKS:
        check(asked)
    max_age, claims = asked.get("max_age"), asked.get("claims")
    return client, AuthorizationRequest(
        client_id=client.id,
        redirect_uri=asked.redirect_uri,
        scopes=client.granted(_words(asked.get("scope"))),
        state=asked.get("state"),
        nonce=asked.get("nonce"),
        prompt=tuple(sorted(set(_words(asked.get("prompt"))))),
        max_age=client.metadata.default_max_age if max_age is None else int(max_age),
        code_challenge=asked.get("code_challenge"),
        hint_sub=_hint_sub(asked) or wanted_claims(claims).sub,
        response_type=asked.response_type,
        response_mode=asked.mode,
        claims=kept_claims(claims, names_told(client.metadata.idp_scopes_allowed)),
        resource=tuple(dict.fromkeys(asked.parameters.all("resource"))),
    )


def _hint_sub(asked: Asked) -> str | None:
    token = asked.get("id_token_hint")
    claims = asked.hint(token) if token is not None else None
    if claims is None or claims.get("aud") != asked.client.id:
        return None
    return str(claims["sub"]) if "sub" in claims else None


def _words(text: str | None) -> tuple[str, ...]:
    """Return the words of a list (RFC 6749 3.3): the space alone stands between them."""
    return tuple(filter(None, (text or "").split(" ")))
