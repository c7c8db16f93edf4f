"""`/token/revocation`: an access token ends before its time."""

from typing import Final

from starlette.responses import Response

from idp.demo.franceconnect.answers import NO_STORE, refuse
from idp.demo.franceconnect.asked import Asked
from idp.demo.franceconnect.state import Mock
from idp.demo.franceconnect.token import authenticate

KNOWN: Final = {"token", "client_id", "client_secret"}
LEAST_TOKEN: Final = 43


async def revocation(mock: Mock, asked: Asked) -> Response:
    """End a token of this client; one that is not known has ended already. `token_type_hint` is not taken."""
    form = asked.once
    if form is None or not set(form) <= KNOWN or len(form.get("token", "")) < LEAST_TOKEN:
        return refuse(mock, 400, "invalid_request", "the request parameters are not valid", "Y03118D2")
    client = authenticate(mock, asked)
    if isinstance(client, Response):
        return client
    grant = mock.grants.get(form["token"])
    if grant is not None and grant.client == client:
        del mock.grants[form["token"]]
    return Response(status_code=200, headers=NO_STORE)
