"""`/authorize`: judges the request, then starts an interaction or sends the browser back.

What is wrong before client and address are known ends on a page; what is wrong afterwards goes back to the client.
"""

import json
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from idp.demo.franceconnect import answers, callback, interaction
from idp.demo.franceconnect.answers import trouble
from idp.demo.franceconnect.asked import Asked
from idp.demo.franceconnect.clients import Client, sound_uri
from idp.demo.franceconnect.identity import IDP_ID
from idp.demo.franceconnect.level import choose_acr
from idp.demo.franceconnect.state import INTERACTION_S, Interaction, Mock

REQUIRED: Final = frozenset({"acr_values", "client_id", "nonce", "redirect_uri", "response_type", "scope", "state"})
KNOWN: Final = REQUIRED | {"claims", "prompt", "idp_hint", "ui_locales"}
LEAST_NONCE: Final = 22


@dataclass(frozen=True, slots=True)
class _Wrong(Exception):
    """What goes back to the client."""

    error: str
    description: str
    fragment: bool = False


async def authorize(mock: Mock, asked: Asked) -> Response:
    """Answer one authorization request."""
    mock.sweep()
    params = asked.once
    if params is None or not _well_formed(params):
        return trouble(answers.BAD_PARAMETERS)
    client = mock.clients.get(params["client_id"])
    if client is None:
        return trouble(answers.UNKNOWN_CLIENT)
    if not client.may_return_to(params["redirect_uri"]):
        return trouble(answers.UNKNOWN_REDIRECT)
    try:
        wants_amr = _wants_amr(params)
        if wants_amr and "amr" not in client.scopes:
            return trouble(answers.AMR_NOT_GRANTED)
        started = _judge(mock, client, params, wants_amr)
    except _Wrong as wrong:
        return callback.fail(
            mock, params["redirect_uri"], params["state"], wrong.error, wrong.description, wrong.fragment
        )
    return interaction.start(mock, started, asked.session)


def _well_formed(params: dict[str, str]) -> bool:
    return (
        set(params) >= REQUIRED
        and set(params) <= KNOWN
        and params["client_id"] != ""
        and len(params["nonce"]) >= LEAST_NONCE
        and sound_uri(params["redirect_uri"])
        and ("prompt" not in params or _sound_prompt(params["prompt"]))
    )


def _sound_prompt(prompt: str) -> bool:
    words = prompt.split()
    return bool(words) and set(words) <= {"login", "consent"}


def _wants_amr(params: dict[str, str]) -> bool:
    """Whether `claims` asks for `amr`, the one thing it is good for; so does the scope of that name."""
    try:
        claims = json.loads(params.get("claims", "{}"))
    except ValueError:
        raise _Wrong("invalid_request", "could not parse the claims parameter JSON") from None
    if not isinstance(claims, dict) or not isinstance(claims.get("id_token", {}), dict):
        raise _Wrong("invalid_request", "claims parameter should be a JSON object")
    return "amr" in claims.get("id_token", {}) or "amr" in params["scope"].split()


def _judge(mock: Mock, client: Client, params: dict[str, str], wants_amr: bool) -> Interaction:
    kind = params["response_type"]
    if kind != "code":
        # Whoever asks for tokens in the answer reads it from the fragment.
        fragment = bool({"token", "id_token"} & set(kind.split()))
        if not kind:
            raise _Wrong("invalid_request", "missing required parameter 'response_type'")
        raise _Wrong("unsupported_response_type", "unsupported response_type requested", fragment)
    scopes = tuple(dict.fromkeys(params["scope"].split()))
    if "openid" not in scopes:
        raise _Wrong("invalid_request", "openid scope must be requested when using the acr_values parameter")
    if not set(scopes) <= set(client.scopes):
        raise _Wrong("invalid_scope", "requested scope is not allowed")
    acr = choose_acr(params["acr_values"], mock.level)
    if acr is None:
        raise _Wrong("invalid_acr", f"acr_value is not valid, should be one of: {', '.join(mock.level.acrs)}")
    if "idp_hint" in params and params["idp_hint"] != IDP_ID:
        raise _Wrong("invalid_idp_hint", "An idp_hint was provided but is not allowed")
    return Interaction(
        client=client,
        redirect_uri=params["redirect_uri"],
        state=params["state"],
        nonce=params["nonce"],
        scopes=scopes,
        acr=acr,
        wants_amr=wants_amr,
        until=mock.now() + INTERACTION_S,
    )
