"""What each scope tells about a member (OpenID Connect Core 5.1, 5.4). The NIR is in none of it (law 5).

A claim whose value we do not have is left out, never sent empty (5.3.2), but where a profile wants it otherwise.
Which client may be told what stands in ``profiles``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from idp.accounts.account import Account
from idp.members.member import Address, Member

_FULL_DATE = re.compile(r"[0-9]{4}-(?!00)[0-9]{2}-(?!00)[0-9]{2}\Z")
_YEAR = re.compile(r"(1[89][0-9]{2}|2[0-9]{3})-")

Claims = dict[str, Any]
Teller = Callable[[Member, Account], Claims]


def profile(member: Member, _account: Account) -> Claims:
    """Who the member is, as the fund's file has it."""
    return _known(
        name=member.display_name,
        given_name=given_names(member),
        family_name=member.usage_name or member.birth_name,
        gender=member.gender.value,
        birthdate=birthdate(member.birthdate),
        locale=LOCALE,
    )


def civil_profile(member: Member, _account: Account) -> Claims:
    """Who the member is to the civil register, which FranceConnect compares it with: the name of birth, every given
    name, and the date as recorded, an unknown month or day being ``00``."""
    return _known(
        given_name=given_names(member),
        family_name=member.birth_name,
        preferred_username=member.usage_name,
        gender=member.gender.value,
        birthdate=member.birthdate,
    )


def birth(member: Member, _account: Account) -> Claims:
    """Where the member was born, in INSEE codes; FranceConnect wants an empty place of a birth abroad."""
    return {"birthplace": member.birthplace or "", "birthcountry": member.birthcountry}


def email(_member: Member, account: Account) -> Claims:
    """The address of the account; verified when a password that went there was used, or a code."""
    if account.email is None:
        return {}
    return {"email": account.email, "email_verified": account.email_verified_at is not None}


def phone(_member: Member, account: Account) -> Claims:
    """The number typed at enrollment, which nobody verified."""
    return {} if account.phone is None else {"phone_number": account.phone, "phone_number_verified": False}


def address(member: Member, _account: Account) -> Claims:
    """The address on record (5.1.1)."""
    return {} if member.address is None else _known(address=_address(member.address))


def preferences(_member: Member, account: Account) -> Claims:
    """What the member chose in Mon compte (S19)."""
    return {"documents_by_email": account.documents_by_email_at is not None}


CLAIMS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "profile": (
        "name", "given_name", "family_name", "preferred_username", "gender", "birthdate", "locale",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
    "preferences": ("documents_by_email",),
    "birth": ("birthplace", "birthcountry"),
}  # fmt: skip
"""Which claims a scope may tell."""
CLAIMS: Final = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash", "c_hash",
    "name", "given_name", "family_name", "gender", "birthdate", "locale",
    "email", "email_verified", "phone_number", "phone_number_verified", "address", "documents_by_email",
)  # fmt: skip
"""Every claim a usual portal may be sent, for the discovery document."""
LOCALE: Final = "fr-FR"
"""The language in which the fund writes to its members."""


def names_told(scopes: Iterable[str]) -> frozenset[str]:
    """Return the name of every claim that these scopes may tell."""
    return frozenset(name for scope in scopes for name in CLAIMS_OF.get(scope, ()))


def claims_of(told: Mapping[str, Teller], scopes: Iterable[str], member: Member, account: Account) -> Claims:
    """Return the claims of these scopes about one member, as a profile tells them."""
    claims: Claims = {}
    for scope in scopes:
        if scope in told:
            claims |= told[scope](member, account)
    return claims


def given_names(member: Member) -> str:
    """Return every given name, separated by spaces."""
    return " ".join(member.given_names.replace(",", " ").split())


def birthdate(recorded: str) -> str | None:
    """Return a full date, the year alone when day or month is unknown (5.1), or None."""
    if not _YEAR.match(recorded):
        return None
    return recorded if _FULL_DATE.match(recorded) else recorded[:4]


def _known(**claims: Any) -> Claims:
    return {name: value for name, value in claims.items() if value not in ("", None, {})}


def _address(found: Address) -> dict[str, str]:
    town = f"{found.postal_code} {found.city}".strip()
    return _known(
        formatted="\n".join(line for line in (found.line, town, found.country) if line),
        street_address=found.line,
        postal_code=found.postal_code,
        locality=found.city,
        country=found.country,
    )
