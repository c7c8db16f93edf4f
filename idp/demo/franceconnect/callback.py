"""The way back to the client: what the browser carries home, in success and in error."""

from typing import Any

from starlette.responses import Response

from idp.demo.franceconnect.answers import see, with_query
from idp.demo.franceconnect.citizens import Citizen
from idp.demo.franceconnect.state import GRANT_S, Grant, Interaction, Mock


def succeed(mock: Mock, interaction: Interaction, citizen: Citizen) -> Response:
    """Grant what was asked, and send the browser back with a code."""
    now = mock.now()
    code = mock.word()
    mock.codes[code] = Grant(
        client=interaction.client,
        citizen=citizen,
        redirect_uri=interaction.redirect_uri,
        nonce=interaction.nonce,
        scopes=interaction.scopes,
        acr=interaction.acr,
        wants_amr=interaction.wants_amr,
        # The moment of the interaction, even when an earlier sign-in served.
        auth_time=now,
        # Code and grant live equally long.
        until=now + GRANT_S,
    )
    return _back(mock, interaction.redirect_uri, {"code": code, "state": interaction.state})


def fail(
    mock: Mock, redirect_uri: str, state: str, error: str, description: str, fragment: bool = False
) -> Response:
    """Send the browser back with an error."""
    return _back(
        mock, redirect_uri, {"error": error, "error_description": description, "state": state}, fragment
    )


def _back(mock: Mock, redirect_uri: str, params: dict[str, Any], fragment: bool = False) -> Response:
    params = {**params, "iss": mock.issuer}
    fault = mock.faults.take("callback")
    if fault is not None:
        params |= {name: _several(value, params) for name, value in fault["params"].items()}
    return see(with_query(redirect_uri, params, fragment))


def _several(value: Any, params: dict[str, Any]) -> Any:
    """A fault may name the true value of another parameter by `$code`, `$state` or `$iss`."""
    if isinstance(value, list):
        return [_several(one, params) for one in value]
    if isinstance(value, str) and value.startswith("$"):
        return params.get(value[1:], value)
    return value
