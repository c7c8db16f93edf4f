"""``idp accounts``: what an agent sees of an account, and does for a member who calls.

The member's number is asked for, never an argument, and no answer shows it, a name or a secret.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from idp.cli.common import Json, ask_number, group, opened, say
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import DAY, Instant, moment, paris_date
from idp.kernel.errors import OperatorError

if TYPE_CHECKING:
    from idp.accounts.account import Account
    from idp.house import House
    from idp.members.nir import Nir
    from idp.storage.unit import Unit

accounts = group("The members' accounts.")

AccountId = Annotated[
    str | None, typer.Option("--account", metavar="ID", help="The account's id; without it the number is asked for.")
]
AgentId = Annotated[str, typer.Option("--agent", metavar="ID", help="The agent's id.")]

_WITHHELD = {
    "nobody": "the member left the fund: nothing is sent",
    "no_address": "there is no address on record: the fund's file comes first",
    "closed": "this account is closed: nothing is sent",
    "too_many": "letters left lately, and one in 7 days or three in 90 are the most: nothing is sent",
}


@accounts.command("show")
def accounts_show(account: AccountId = None, as_json: Json = False) -> None:
    """Show the state of an account. The number is asked for, or read from standard input."""
    which = _which(account)
    with opened() as house, house.begin(write=False) as unit:
        facts = _facts(house, unit, _find(unit, which))
    say(as_json, "\n".join(_told(facts)), facts)


@accounts.command("lock")
def accounts_lock(agent: AgentId, account: AccountId = None, as_json: Json = False) -> None:
    """Freeze an account: nobody signs in, all sessions and tokens end, what is on its way is burned, letters too."""
    from idp.signin.opening import freeze_account

    found, _ = _change(agent, account, Tag.ACCOUNT_LOCKED, freeze_account)
    say(as_json, f"{found} is locked", {"account": found})


@accounts.command("unlock")
def accounts_unlock(agent: AgentId, account: AccountId = None, as_json: Json = False) -> None:
    """Open a frozen account again as it was. Safe to repeat.

    Where somebody else may know its password, send a letter instead (reset): it opens the account too.
    """
    found, changed = _change(agent, account, Tag.ACCOUNT_UNLOCKED, lambda unit, known, _now: unit.freezing.thaw(known))
    say(as_json, f"{found} is unlocked{'' if changed else ' already'}", {"account": found, "changed": changed})


@accounts.command("reset")
def accounts_reset(agent: AgentId, account: AccountId = None, as_json: Json = False) -> None:
    """Send another provisional password by post to the address on record; until it is used nothing changes."""
    from idp.accounts.account import Vouched
    from idp.enrollment.facts import Answer
    from idp.enrollment.letters import Withheld, owe_letter

    which = _which(account)
    with opened() as house, house.begin() as unit:
        unit.agents.get(agent)
        found = _find(unit, which)
        owed = owe_letter(unit, found.member_id, Answer.NO_QUESTION, Vouched.BY_AGENT, house.clock.now())
        outcome = str(owed) if isinstance(owed, Withheld) else "letter"
        details = {"agent": agent, "outcome": outcome}
        unit.audit.add(AuditEvent(Tag.ACCOUNT_RESET, found.member_id, found.id, details=details))
    # Only now: what was withheld is remembered too.
    if isinstance(owed, Withheld):
        raise OperatorError(_WITHHELD[owed])
    text = "another provisional password goes by post to the address on record"
    say(as_json, text, {"account": found.id, "delivery": owed.id})


@accounts.command("letters")
def accounts_letters(as_json: Json = False) -> None:
    """List the accounts with two or more letters that nobody answered, oldest first."""
    with opened() as house, house.begin(write=False) as unit:
        found = unit.account_desk.unanswered(house.clock.now())
    lines = (
        f"{row.account}  {row.letters} letters  {paris_date(row.first_at)}  {paris_date(row.last_at)}" for row in found
    )
    rows = [
        {
            "account": row.account,
            "letters": row.letters,
            "first_at": _iso(row.first_at),
            "last_at": _iso(row.last_at),
        }
        for row in found
    ]
    say(as_json, "\n".join(lines) or "no account has two unanswered letters", {"accounts": rows})


def _which(account_id: str | None) -> str | Nir:
    """Return the account's id, or the number that was asked for: before anything is opened, so nobody waits for it."""
    return ask_number() if account_id is None else account_id


def _find(unit: Unit, which: str | Nir) -> Account:
    """Return the account. Raises ``OperatorError``; what was typed is not repeated, it may be the number."""
    from idp.kernel.ids import is_id

    if isinstance(which, str):
        found, known_by = unit.accounts.get(which) if is_id(which) else None, "id"
    else:
        member = unit.members.find_by_nir(which)
        found, known_by = unit.accounts.of_member(member.id) if member else None, "number"
    if found is None:
        raise OperatorError(f"no account of a member has this {known_by}")
    return found


def _change(
    agent: str, account_id: str | None, tag: Tag, change: Callable[[Unit, str, Instant], bool]
) -> tuple[str, bool]:
    """Let an agent change an account that is not closed; returns its id, and whether anything had to change."""
    which = _which(account_id)
    with opened() as house, house.begin() as unit:
        unit.agents.get(agent)
        found = unit.accounts.lock(_find(unit, which).id)
        if found is None or found.closed_at is not None:
            raise OperatorError("this account is closed for good")
        changed = change(unit, found.id, house.clock.now())
        if changed:
            unit.audit.add(AuditEvent(tag, found.member_id, found.id, details={"agent": agent}))
    return found.id, changed


def _facts(house: House, unit: Unit, account: Account) -> dict[str, Any]:
    """Return what an agent needs to know."""
    now = house.clock.now()
    return {
        "account": account.id,
        "opened_at": _iso(account.opened_at),
        "frozen_at": _iso(account.frozen_at),
        "closed_at": _iso(account.closed_at),
        "epoch": account.epoch,
        "own_password": account.has_password,
        "email": _masked(account.email),
        "email_verified_at": _iso(account.email_verified_at),
        "terms_accepted": account.terms_accepted,
        "deliveries": [
            {
                "channel": str(delivery.channel),
                "made_at": _iso(delivery.created_at),
                "closed_at": _iso(delivery.closed_at),
                "refused_at": _iso(delivery.refused_at),
            }
            for delivery in unit.account_desk.on_their_way(account, now, house.settings.letter_password_days)
        ],
        "letters_7_days": unit.accounts.letters(account.id, now - 7 * DAY, now + 1),
        "letters_90_days": unit.accounts.letters(account.id, now - 90 * DAY, now + 1),
        "freeze_codes": unit.account_desk.freeze_codes(account.id, now),
    }


def _told(facts: dict[str, Any]) -> list[str]:
    """Return the same facts, one a line."""
    verified = f", verified since {facts['email_verified_at']}" if facts["email_verified_at"] else ", not verified"
    lines = [
        f"account: {facts['account']}",
        f"opened: {facts['opened_at'] or 'never'}",
        f"frozen: {_since(facts['frozen_at'])}",
        f"closed: {_since(facts['closed_at'])}",
        f"epoch: {facts['epoch']}",
        f"own password: {'yes' if facts['own_password'] else 'no'}",
        f"e-mail: {facts['email'] + verified if facts['email'] else 'none'}",
        f"terms accepted: {'revision ' + str(facts['terms_accepted']) if facts['terms_accepted'] else 'none'}",
    ]
    for row in facts["deliveries"]:
        ends = "".join(f", {end} at {row[end + '_at']}" for end in ("closed", "refused") if row[end + "_at"])
        lines.append(f"delivery by {row['channel']}: made at {row['made_at']}{ends}")
    lines.append(f"letters: {facts['letters_7_days']} in 7 days, {facts['letters_90_days']} in 90 days")
    lines.append(f"freeze codes: {facts['freeze_codes']}")
    return lines


def _since(told: str | None) -> str:
    return f"since {told}" if told else "no"


def _iso(instant: Instant | None) -> str | None:
    return None if instant is None else moment(instant).isoformat()


def _masked(email: str | None) -> str | None:
    """Return an address as the member recognises it: first letter and domain."""
    return None if email is None else f"{email[:1]}…@{email.rpartition('@')[2]}"
