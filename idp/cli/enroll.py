"""``idp enroll by-phone``: an agent enrolls a member who called (S4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.common import Json, ask, ask_number, group, opened, say
from idp.kernel.errors import OperatorError

if TYPE_CHECKING:
    from datetime import date

    from idp.enrollment.phone_desk import PhoneDesk
    from idp.enrollment.told import Told
    from idp.house import House
    from idp.members.nir import Nir
    from idp.members.registry import Payment

enroll = group("Enrollment by an agent.")

_ASKED = {
    "birth_date": "date of birth, like 14/03/1985 (what is unknown as 00)",
    "birth_place": "place of birth: département like 59, 2A or 974, code of the commune, or of the country like 99352",
    "postcode": "postcode of the address on record",
    "last_payment": "month of the last payment received, like 11/2026",
    "situation": "situation: particulier or exploitant",
}
_ENDED = {
    "letter": "A provisional password goes by post to the address on record.",
    "email": "A provisional password goes to the e-mail address.",
    "refused": "Not enough matches: nothing is sent.",
    "open": "This account is open: the member signs in, or says that the password is forgotten; see idp accounts too.",
    "closed": "This account is closed: nothing is sent.",
    "frozen": "This account is frozen: a letter alone opens it again. Call once more without --email.",
    "no_address": "There is no address on record: the fund's file comes first.",
    "too_many": "Letters left lately, and one in 7 days or three in 90 are the most: nothing is sent.",
}


@enroll.command("by-phone")
def enroll_by_phone(
    agent: Annotated[str, typer.Option(help="The agent's id.")],
    seen_in_person: Annotated[bool, typer.Option("--seen-in-person", help="You see the person's papers.")] = False,
    email: Annotated[str | None, typer.Option(help="Where the password goes; only with --seen-in-person.")] = None,
    as_json: Json = False,
) -> None:
    """Enroll the member on the phone: three of five things they know must match.

    The number and the answers are asked for, or read from standard input, one a line; an empty line skips. The password
    goes by post to the address on record, and is never shown.
    """
    from idp.accounts.addresses import read_email
    from idp.enrollment.phone_desk import Call, TooSoon
    from idp.kernel.clock import minutes_until
    from idp.members.registry import RegistryUnavailable

    if seen_in_person != (email is not None):
        raise typer.BadParameter("--seen-in-person and --email go together")
    address = read_email(email) if email is not None else None
    if email is not None and address is None:
        raise typer.BadParameter("--email is no address")
    with opened() as house:
        with house.begin(write=False) as unit:
            unit.agents.get(agent)
        nir, told = _hear()
        try:
            ended = _desk(house).serve(Call(agent, nir, told, address))
        except RegistryUnavailable:
            raise OperatorError("the registry does not answer: nothing was judged, call again later") from None
        if isinstance(ended, TooSoon):
            wait = minutes_until(ended.free_at, house.clock.now())
            raise OperatorError(f"too many calls by this agent or about this number: the next is judged in {wait} min")
    results = {str(trait): "matches" if right else "does not match" for trait, right in ended.results.items()}
    lines = (f"{trait.replace('_', ' ')}: {result}" for trait, result in results.items())
    say(as_json, "\n".join((*lines, _ENDED[ended.outcome])), {"traits": results, "outcome": str(ended.outcome)})
    if not ended.outcome.sent:
        raise typer.Exit(1)


def _desk(house: House) -> PhoneDesk:
    import anyio
    import anyio.to_thread

    from idp.app import make_registry
    from idp.enrollment.phone_desk import PhoneDesk
    from idp.storage.attempts import SqlAttempts

    registry = make_registry(house, anyio.to_thread.run_sync)

    def payments(member_id: str, since: date) -> tuple[Payment, ...]:
        return anyio.run(registry.latest_payments, member_id, since)

    return PhoneDesk(house.begin, SqlAttempts(house.database), house.pepper, house.clock, payments)


def _hear() -> tuple[Nir, Told]:
    """Ask everything at once: no result is seen before the last answer is given."""
    from functools import partial

    from idp.enrollment.told import Trait, read

    nir = ask_number()
    told = {trait: ask(trait.value, _ASKED[trait], partial(read, trait)) for trait in Trait}
    return nir, {trait: text for trait, text in told.items() if text is not None}
