"""The kinds of upstream provider, told apart by values: what is asked, how tokens come back, what a level is worth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from idp.kernel.clock import HOUR, MINUTE
from idp.signin.session import AMR_FEDERATED, AMR_FRANCECONNECT

ACR_FEDERATED = "urn:idp:acr:federated"
"""Our level for a provider whose levels have no meaning here."""


class ProfileName(StrEnum):
    """The words of the setting."""

    FRANCECONNECT = "franceconnect"
    FRANCECONNECT_PLUS = "franceconnect-plus"
    OPENID = "openid"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a provider's endpoints lie below its issuer, when it has no discovery document at hand."""

    authorization: str = "/authorize"
    token: str = "/token"  # noqa: S105 (a path)
    userinfo: str = "/userinfo"
    jwks: str = "/jwks"
    end_session: str = "/session/end"


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of upstream provider.

    ``levels``: the ``acr`` values it may answer with, weakest first; the first one is asked for. Empty: none is asked
    and its own is not looked at. ``layout``: None when only discovery tells the endpoints. ``longest``: microseconds an
    ID token may live. ``encrypted``: tokens are JWE for our own key. ``signed_userinfo``: a JWT; else plain JSON.
    ``basic``: the client authenticates by HTTP Basic, else in the form. ``names_issuer``: the callback carries ``iss``
    whatever the metadata says.
    """

    scope: str
    levels: tuple[str, ...]
    layout: Layout | None
    amr: str
    longest: int
    pkce: bool = False
    basic: bool = False
    signed_userinfo: bool = True
    encrypted: bool = False
    names_issuer: bool = True


PROFILES = {
    # Facts 1.3 to 1.8: no PKCE, client_secret_post, signed userinfo, 60-second tokens, eidas1.
    ProfileName.FRANCECONNECT: Profile(
        scope="openid identite_pivot idp_birthdate",
        levels=("eidas1", "eidas2", "eidas3"),
        layout=Layout(),
        amr=AMR_FRANCECONNECT,
        longest=5 * MINUTE,
    ),
    # Facts 3: substantial or high; tokens encrypted to us; the civil register's names by scopes of their own.
    ProfileName.FRANCECONNECT_PLUS: Profile(
        scope="openid identite_pivot rnipp_identite_pivot",
        levels=("eidas2", "eidas3"),
        layout=Layout(),
        amr=AMR_FRANCECONNECT,
        longest=5 * MINUTE,
        encrypted=True,
    ),
    ProfileName.OPENID: Profile(
        scope="openid profile",
        levels=(),
        layout=None,
        amr=AMR_FEDERATED,
        longest=24 * HOUR,
        pkce=True,
        basic=True,
        signed_userinfo=False,
        names_issuer=False,
    ),
}
