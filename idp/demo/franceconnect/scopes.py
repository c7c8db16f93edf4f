"""Which claims a scope opens, at each of the two levels."""

from collections.abc import Iterable, Mapping
from typing import Final

_PROFILE: Final = ("given_name", "given_name_array", "family_name", "birthdate", "gender", "preferred_username")
_BIRTH: Final = ("birthplace", "birthcountry")
_SINGLE: Final = ("family_name", "birthdate", "gender", "birthplace", "birthcountry", "email", "preferred_username")
_PIVOT: Final = tuple(claim for claim in _PROFILE if claim != "preferred_username") + _BIRTH

LOW: Final[Mapping[str, tuple[str, ...]]] = {
    "openid": ("sub",),
    "profile": _PROFILE,
    "birth": _BIRTH,
    "identite_pivot": _PIVOT,
    "given_name": ("given_name", "given_name_array"),
    **{claim: (claim,) for claim in (*_SINGLE, "idp_birthdate", "idp_id")},
    # In the ID token alone.
    "amr": (),
}
"""FranceConnect. `amr` and `idp_id` are granted to few."""


def _without_array(claims: Iterable[str]) -> tuple[str, ...]:
    return tuple(claim for claim in claims if claim != "given_name_array")


def _rnipp(claims: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"rnipp_{claim}" for claim in claims)


_REGISTER: Final = _PIVOT  # The register knows no name of use.

PLUS: Final[Mapping[str, tuple[str, ...]]] = {
    **{scope: _without_array(claims) for scope, claims in LOW.items() if scope != "idp_birthdate"},
    "rnipp_identite_pivot": _rnipp(_REGISTER),
    "rnipp_profile": _rnipp(claim for claim in _REGISTER if claim not in _BIRTH),
    "rnipp_birth": _rnipp(_BIRTH),
    "rnipp_given_name": _rnipp(("given_name", "given_name_array")),
    **{
        f"rnipp_{claim}": (f"rnipp_{claim}",)
        for claim in ("family_name", "birthdate", "gender", "birthplace", "birthcountry")
    },
}
"""FranceConnect+: names as the identity provider has them, the register's beside them by scopes of their own."""


def opened(scopes: Iterable[str], table: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The claims that `scopes` open together, each once, in the table's order."""
    return list(dict.fromkeys(claim for scope in scopes for claim in table[scope]))
