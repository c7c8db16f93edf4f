"""Who a letter is for: a name and the address on record, as lines of an envelope (law 6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from idp.accounts.account import Account, Delivery, Vouched
from idp.kernel.clock import Instant
from idp.members.member import Address, Gender, Member, first_of
from idp.post.letters.countries import COUNTRY_NAMES

_HOME = "FR"


class Origin(StrEnum):
    """What the member, or somebody in their name, asked for."""

    ENROLLMENT = "enrollment"
    RECOVERY = "recovery"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a letter goes to and why.

    ``lines`` name the person as an envelope does; ``address`` is None when none is on record; ``asked_at`` is when
    the space, or the new password, was asked for.
    """

    lines: tuple[str, ...]
    address: Address | None
    asked_at: Instant
    origin: Origin


_CIVILITY = {Gender.FEMALE: "Mme", Gender.MALE: "M."}


def addressee_of(member: Member, account: Account, delivery: Delivery) -> Addressee:
    """Return whom a delivery's letter is for. Once the space was open, what is asked for is another password."""
    family = member.usage_name or member.birth_name
    name = f"{_CIVILITY[member.gender]} {family} {first_of(member.given_names)}".strip()
    if delivery.proof in tuple(Vouched):
        origin = Origin.AGENT
    elif account.opened_at is not None and account.opened_at <= delivery.created_at:
        origin = Origin.RECOVERY
    else:
        origin = Origin.ENROLLMENT
    return Addressee((name,), member.address, delivery.created_at, origin)


def window_lines(names: tuple[str, ...], address: Address) -> tuple[str, ...]:
    """Return the lines of the window in capitals; the country is named when it is not France."""
    town = f"{address.postal_code} {address.city}".strip()
    country = () if address.country == _HOME else (COUNTRY_NAMES[address.country],)
    return tuple(_capitals(line) for line in (*names, address.line, town, *country))


def _capitals(line: str) -> str:
    return " ".join(line.split()).upper()
