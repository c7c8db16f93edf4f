"""`/userinfo`: who it is, as a signed text."""

from starlette.responses import Response

from idp.demo.franceconnect import tokens
from idp.demo.franceconnect.answers import NO_STORE, refuse
from idp.demo.franceconnect.asked import Asked
from idp.demo.franceconnect.state import Mock


async def userinfo(mock: Mock, asked: Asked) -> Response:
    """Answer the bearer of an access token, as long as token and grant both live."""
    scheme, _, bearer = (asked.authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        return refuse(mock, 401, "invalid_token", "no access token provided", "Y03C0EA7")
    grant = mock.grants.get(bearer)
    if grant is None or min(grant.token_until, grant.until) <= mock.now():
        return refuse(mock, 401, "invalid_token", "invalid token provided (access token not found)", "Y03C0EA8")
    text, media_type = tokens.issue(mock, grant, "userinfo_token")
    return Response(text, headers={**NO_STORE, "Content-Type": f"{media_type}; charset=utf-8"})
