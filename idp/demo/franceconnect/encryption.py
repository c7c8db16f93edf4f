"""The client's encryption key, at FranceConnect+: fetched when a token is asked for, never kept."""

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from idp.demo.franceconnect.clients import Client
from idp.demo.franceconnect.keys import Key

TIMEOUT_S = 6


async def key_of(client: Client) -> Key | None:
    """The first key for encryption that the client publishes; None when there is none to be had."""
    if client.jwks_uri is None:
        return None
    # Only FranceConnect+ calls out: the other level starts without an HTTP client.
    import httpx2

    try:
        async with httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as http:
            answer = await http.get(client.jwks_uri)
            keys = KeySet.import_key_set(answer.raise_for_status().json()).keys
    except (httpx2.HTTPError, httpx2.InvalidURL, JoseError, ValueError, KeyError, TypeError):
        return None
    usable = (key for key in keys if isinstance(key, ECKey | RSAKey) and key.get("use", "enc") == "enc")
    return next(usable, None)
