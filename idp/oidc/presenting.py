"""The beats of client authentication: what can be judged by one look at the store waits for the unit of work.

A secret, or none, is judged in the one unit of work of its request. An assertion needs its client first (*settle*,
reading), then perhaps the client's keys from its own address (*ask*: nothing is held); the unit of work then finds
the client unchanged and uses the assertion up.
"""

from __future__ import annotations

from collections.abc import Mapping

from idp.oidc.client_assertions import METHODS, AssertionRefused, judge
from idp.oidc.client_auth import Asserted, Presented, failed, read_credentials
from idp.oidc.clients import Client
from idp.oidc.needs import OidcNeeds


class Presenting:
    """Client authentication at every endpoint of clients."""

    def __init__(self, needs: OidcNeeds) -> None:
        self._needs = needs

    async def presented(self, authorization: str | None, form: Mapping[str, str], path: str) -> Presented:
        """Return what the unit of work will judge, at the endpoint of this path. Raises ``ClientRefused``."""
        credentials = read_credentials(authorization, form)
        if not isinstance(credentials, Asserted):
            return credentials
        found = await self._needs.shell.beats.settle(lambda: self._client(credentials.client_id))
        if found is None:
            raise failed("the assertion names no client, or one whose method is another")
        client, secret = found
        try:
            return await judge(
                credentials.assertion, client, secret, self._needs.client_keys, self._audiences(path), self._needs.now()
            )
        except AssertionRefused as error:
            raise failed(str(error), client.id) from error

    def _client(self, client_id: str) -> tuple[Client, str | None] | None:
        with self._needs.begin(write=False) as unit:
            client = unit.clients.get(client_id)
            if client is None or client.metadata.token_endpoint_auth_method not in METHODS:
                return None
            return client, unit.clients.readable_secret(client)

    def _audiences(self, path: str) -> frozenset[str]:
        """Return what an assertion may call us (RFC 7523 3, RFC 9126 2): the issuer is best, the token endpoint is
        usual everywhere, the endpoint itself is natural."""
        shell = self._needs.shell
        return frozenset({self._needs.issuer, shell.issuer.link(shell.url("oidc:token")), shell.issuer.link(path)})
