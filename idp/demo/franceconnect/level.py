"""What FranceConnect and FranceConnect+ do differently."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from idp.demo.franceconnect import scopes

KNOWN_ACRS: Final = ("eidas1", "eidas2", "eidas3")
"""Every level of assurance that exists, the lowest first."""


@dataclass(frozen=True, slots=True)
class Level:
    """One of the two providers. `sso` are the levels for which a session spares a second sign-in."""

    name: str
    acrs: tuple[str, ...]
    default_acr: str
    sso: tuple[str, ...]
    session_s: int
    session_slides: bool
    algorithms: tuple[str, ...]
    encrypts: bool
    scopes: Mapping[str, tuple[str, ...]]
    announced: Mapping[str, Any]


LOW: Final = Level(
    name="low",
    acrs=("eidas1",),
    default_acr="eidas1",
    sso=("eidas1",),
    session_s=1800,
    session_slides=True,
    algorithms=("ES256", "RS256"),
    encrypts=False,
    scopes=scopes.LOW,
    # HS256 is announced though no client can have it: a client must not take it from here.
    announced={
        "id_token_signing_alg_values_supported": ["HS256", "ES256", "RS256"],
        "userinfo_signing_alg_values_supported": ["HS256", "ES256", "RS256"],
    },
)

_ENCRYPTION: Final = (["RSA-OAEP-256", "ECDH-ES"], ["A256GCM"])

PLUS: Final = Level(
    name="plus",
    acrs=("eidas2", "eidas3"),
    default_acr="eidas3",
    sso=("eidas2",),
    session_s=600,
    session_slides=False,
    algorithms=("ES256",),
    encrypts=True,
    scopes=scopes.PLUS,
    announced={
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["ES256"],
        "id_token_encryption_alg_values_supported": _ENCRYPTION[0],
        "id_token_encryption_enc_values_supported": _ENCRYPTION[1],
        "userinfo_encryption_alg_values_supported": _ENCRYPTION[0],
        "userinfo_encryption_enc_values_supported": _ENCRYPTION[1],
    },
)

LEVELS: Final = {level.name: level for level in (LOW, PLUS)}


def choose_acr(asked: str, level: Level) -> str | None:
    """The lowest known of the levels asked for, the default when none is known; None when not offered here."""
    known = [acr for acr in KNOWN_ACRS if acr in asked.split()]
    chosen = known[0] if known else level.default_acr
    return chosen if chosen in level.acrs else None
