"""What kind of relying party a client is: what it may be told, and what it demands of a sign-in.

The operator sets ``idp_profile``; without one a client is a usual portal. FranceConnect (its documentation for identity
providers) sends no PKCE and wants the identity of the civil register and an e-mail address, always; and whom it sends
here signs in here, never through FranceConnect again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from idp.oidc import claims
from idp.oidc.claims import Teller
from idp.oidc.clients import OFFLINE_ACCESS, Metadata

FRANCECONNECT = "franceconnect"


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of client. ``usual`` are the scopes of a client that names none; ``own_password`` and ``verified_email``
    are what it demands (``signin.policy.Demand``)."""

    tells: Mapping[str, Teller]
    others: tuple[str, ...]
    usual: tuple[str, ...]
    pkce: bool
    own_password: bool = False
    verified_email: bool = False
    secret: bool = False
    """A public client cannot be one."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope such a client may have; others are ignored (OpenID Connect Core 3.1.2.1)."""
        return ("openid", *self.tells, *self.others)


PORTAL: Final = Profile(
    tells={
        "profile": claims.profile,
        "email": claims.email,
        "phone": claims.phone,
        "address": claims.address,
        "preferences": claims.preferences,
    },
    others=(OFFLINE_ACCESS,),
    usual=("openid", "profile", "email"),
    pkce=True,
)
PROFILES: Final[Mapping[str, Profile]] = {
    FRANCECONNECT: Profile(
        tells={"profile": claims.civil_profile, "email": claims.email, "birth": claims.birth},
        others=(),
        usual=("openid", "profile", "email", "birth"),
        pkce=False,
        own_password=True,
        verified_email=True,
        secret=True,
    )
}


def profile_of(metadata: Metadata) -> Profile:
    """Return the profile of a client."""
    return PORTAL if metadata.idp_profile is None else PROFILES[metadata.idp_profile]
