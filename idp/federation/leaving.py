"""Leaving: the session here is gone before the browser is sent to end the one upstream (facts 1.12).

What comes back from there is cosmetic: its ``state``, signed by us, only says where the browser goes on.
"""

from __future__ import annotations

from idp.accounts.account import Account
from idp.federation.franceconnect import FranceConnect
from idp.federation.linking import link_proven
from idp.federation.ports import FederationUnit
from idp.federation.profile import ACR_FEDERATED
from idp.kernel.clock import Instant
from idp.kernel.tickets import Purpose
from idp.signin.session import Session
from idp.web.shell import Shell

RETURN_SECONDS = 3600


def leaving(client: FranceConnect, shell: Shell, id_token: str, onward: str) -> str | None:
    """Return the address that ends the session upstream and then leads ``onward``; None when there is none."""
    return client.logout_url(id_token, shell.tickets.sign(Purpose.RETURN, onward))


def returning(shell: Shell, state: str) -> str | None:
    """Return where a browser goes on after the upstream logout, None for a state that is not ours or too old."""
    onward = shell.tickets.read(Purpose.RETURN, state, RETURN_SECONDS)
    return onward if isinstance(onward, str) else None


class Sessions:
    """What sign-in asks about the sessions that an upstream provider opened (``signin.needs.Upstream``)."""

    def __init__(self, client: FranceConnect, shell: Shell) -> None:
        self._client = client
        self._shell = shell
        self.levels = client.profile.levels or (ACR_FEDERATED,)

    def changed(self, unit: FederationUnit, session: Session, account: Account, now: Instant) -> None:
        """The first password was set in this session: the identity that proved the member is linked."""
        if account.opened_at is None:
            link_proven(unit, session.id, account, now)

    def logout_url(self, unit: FederationUnit, session_id: str, onward: str) -> str | None:
        """Return where a browser ends the session upstream too and then goes ``onward``; None when there is none."""
        id_token = unit.upstream.id_token_of(session_id)
        return None if id_token is None else leaving(self._client, self._shell, id_token, onward)
