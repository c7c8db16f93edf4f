"""Which scope tells which claims (OpenID Connect Core 5.1, 5.4). The NIR is in none of them (law 5).

A claim whose value we do not have is left out, never sent empty (5.3.2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from idp.accounts.account import Account
from idp.members.member import Address, Member

_FULL_DATE = re.compile(r"[0-9]{4}-(?!00)[0-9]{2}-(?!00)[0-9]{2}\Z")
_YEAR = re.compile(r"(1[89][0-9]{2}|2[0-9]{3})-")


def profile(member: Member, _account: Account) -> dict[str, Any]:
    """Who the member is, as the fund's file has it."""
    return {
        "name": member.display_name,
        "given_name": " ".join(member.given_names.replace(",", " ").split()),
        "family_name": member.usage_name or member.birth_name,
        "gender": member.gender.value,
        "birthdate": birthdate(member.birthdate),
    }


def email(_member: Member, account: Account) -> dict[str, Any]:
    """The address of the account; verified when a password that went there was used."""
    if account.email is None:
        return {}
    return {"email": account.email, "email_verified": account.email_verified_at is not None}


def phone(_member: Member, account: Account) -> dict[str, Any]:
    """The number typed at enrollment, which nobody verified."""
    return {} if account.phone is None else {"phone_number": account.phone, "phone_number_verified": False}


def address(member: Member, _account: Account) -> dict[str, Any]:
    """The address on record (5.1.1)."""
    return {} if member.address is None else {"address": _address(member.address)}


BY_SCOPE: Final[dict[str, Callable[[Member, Account], dict[str, Any]]]] = {
    "profile": profile,
    "email": email,
    "phone": phone,
    "address": address,
}
CLAIMS: Final = (
    "sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
    "name", "given_name", "family_name", "gender", "birthdate",
    "email", "email_verified", "phone_number", "phone_number_verified", "address",
)  # fmt: skip
"""Every claim this release may send, for the discovery document."""


def claims_of(scopes: Iterable[str], member: Member, account: Account) -> dict[str, Any]:
    """Return the claims of these scopes about one member."""
    claims: dict[str, Any] = {}
    for scope in scopes:
        if scope in BY_SCOPE:
            claims |= BY_SCOPE[scope](member, account)
    return {name: value for name, value in claims.items() if value not in ("", None, {})}


def birthdate(recorded: str) -> str | None:
    """Return a full date, the year alone when day or month is unknown (5.1), or None."""
    if not _YEAR.match(recorded):
        return None
    return recorded if _FULL_DATE.match(recorded) else recorded[:4]


def _address(found: Address) -> dict[str, str]:
    town = f"{found.postal_code} {found.city}".strip()
    parts = {
        "formatted": "\n".join(line for line in (found.line, town, found.country) if line),
        "street_address": found.line,
        "postal_code": found.postal_code,
        "locality": found.city,
        "country": found.country,
    }
    return {name: value for name, value in parts.items() if value}
