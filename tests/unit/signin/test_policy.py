"""The gate as a table: facts in, the first prompt or a receipt out; no store, no page, no clock (law 1)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idp.accounts.account import Account
from idp.kernel.clock import HOUR, MINUTE, SECOND
from idp.signin.policy import (
    ACCEPT_TERMS,
    CHANGE_PASSWORD,
    LOGIN,
    VERIFY_EMAIL,
    Cleared,
    Demand,
    Facts,
    Prompt,
    Standing,
    clear,
    standing,
)
from idp.signin.session import Session

NOW = 1_800_000_000 * SECOND
ACCOUNT = Account(
    id="a", member_id="m", epoch=3, opened_at=NOW - HOUR, frozen_at=None, closed_at=None, email=None,
    email_verified_at=None, phone=None, has_password=True, terms_accepted=2,
)  # fmt: skip
SESSION = Session(
    id="s", browser="b", account_id="a", epoch=3, created_at=NOW - MINUTE, seen_at=NOW - MINUTE, expires_at=NOW + HOUR,
    auth_time=NOW - MINUTE, amr=("pwd",), acr="urn:idp:acr:password", provisional_id=None, ended_at=None,
)  # fmt: skip
FACTS = Facts(NOW, SESSION, ACCOUNT, 2, Demand("portal"))
NEEDS_ADDRESS = Demand("portal", verified_email=True)


def with_session(**changes: object) -> Facts:
    return replace(FACTS, session=replace(SESSION, **changes))  # type: ignore[arg-type]


def with_account(**changes: object) -> Facts:
    return replace(FACTS, account=replace(ACCOUNT, **changes))  # type: ignore[arg-type]


def with_letter(epoch: int = 3, **changes: object) -> Facts:
    """A frozen account, and a session that a provisional password opened: of its epoch only a posted one can."""
    session = replace(SESSION, amr=("provisional",), epoch=epoch)
    return replace(with_account(**{"frozen_at": NOW - SECOND, **changes}), session=session)


def test_a_member_who_owes_nothing_is_cleared_for_this_audience_alone() -> None:
    assert clear(FACTS) == Cleared("a", 3, "portal", NOW - MINUTE, ("pwd",), "urn:idp:acr:password")


@pytest.mark.parametrize(
    ("facts", "prompt"),
    [
        (replace(FACTS, session=None), LOGIN),
        (replace(FACTS, account=None), LOGIN),
        (replace(FACTS, session=None, account=None), LOGIN),
        (with_session(ended_at=NOW - SECOND), LOGIN),
        (with_session(expires_at=NOW), LOGIN),
        (with_session(account_id="other"), LOGIN),
        (with_session(epoch=2), LOGIN),
        (with_account(epoch=4), LOGIN),
        (with_account(frozen_at=NOW), LOGIN),
        (with_account(frozen_at=NOW, has_password=False), LOGIN),
        (with_account(closed_at=NOW), LOGIN),
        (with_letter(), CHANGE_PASSWORD),
        (with_letter(has_password=False, opened_at=None, terms_accepted=0), CHANGE_PASSWORD),
        (with_letter(epoch=2), LOGIN),
        (with_letter(closed_at=NOW), LOGIN),
        (with_letter(closed_at=NOW, frozen_at=None), LOGIN),
        (with_session(amr=("provisional",)), CHANGE_PASSWORD),
        (with_account(has_password=False), CHANGE_PASSWORD),
        (with_account(has_password=False, terms_accepted=0), CHANGE_PASSWORD),
        (with_account(terms_accepted=1), ACCEPT_TERMS),
        (with_account(terms_accepted=0), ACCEPT_TERMS),
        (replace(with_session(amr=("provisional",)), demand=Demand("portal", not_before=NOW)), LOGIN),
        (replace(FACTS, demand=Demand("portal", not_before=NOW - MINUTE + 1)), LOGIN),
        (replace(FACTS, demand=Demand("portal", differs_from=NOW - MINUTE)), LOGIN),
        (replace(FACTS, demand=NEEDS_ADDRESS), VERIFY_EMAIL),
        (replace(with_account(email="a@b.example"), demand=NEEDS_ADDRESS), VERIFY_EMAIL),
        (replace(with_account(terms_accepted=1), demand=NEEDS_ADDRESS), ACCEPT_TERMS),
        (replace(with_session(amr=("provisional",)), demand=NEEDS_ADDRESS), CHANGE_PASSWORD),
        (replace(with_session(amr=("fc",)), demand=Demand("portal", own_password=True)), LOGIN),
    ],
)
def test_the_first_thing_unmet_is_asked(facts: Facts, prompt: Prompt) -> None:
    assert clear(facts) is prompt


@pytest.mark.parametrize(
    "demand",
    [
        Demand("portal", not_before=NOW - MINUTE),
        Demand("portal", differs_from=0),
        Demand("portal", differs_from=NOW - HOUR),
    ],
)
def test_a_demand_met_by_a_newer_fact_stops_nobody(demand: Demand) -> None:
    assert isinstance(clear(replace(FACTS, demand=demand)), Cleared)


@pytest.mark.parametrize("amr", [("pwd",), ("provisional",), ("pwd", "provisional"), ("provisional", "otp"), ()])
@pytest.mark.parametrize("account", [{}, {"has_password": False}, {"closed_at": NOW}], ids=str)
def test_a_frozen_account_has_no_receipt_whoever_is_signed_in(amr: tuple[str, ...], account: dict[str, object]) -> None:
    facts = replace(with_letter(**account), session=replace(SESSION, amr=amr))  # type: ignore[arg-type]
    assert clear(facts) in (LOGIN, CHANGE_PASSWORD)
    assert standing(facts.account, 3, "g") is None


def test_a_verified_address_is_enough_for_whoever_needs_one() -> None:
    known = with_account(email="a@b.example", email_verified_at=NOW - HOUR)
    assert isinstance(clear(replace(known, demand=NEEDS_ADDRESS)), Cleared)


def test_a_session_from_upstream_is_enough_for_whoever_asks_nothing_else() -> None:
    assert isinstance(clear(with_session(amr=("fc",))), Cleared)


def test_an_empty_policy_gives_nobody_a_receipt() -> None:
    assert clear(replace(FACTS, session=None), ()) is LOGIN


@pytest.mark.parametrize(
    ("account", "stands"),
    [
        (ACCOUNT, True),
        (replace(ACCOUNT, terms_accepted=0), True),
        (None, False),
        (replace(ACCOUNT, epoch=4), False),
        (replace(ACCOUNT, epoch=2), False),
        (replace(ACCOUNT, has_password=False), False),
        (replace(ACCOUNT, frozen_at=NOW), False),
        (replace(ACCOUNT, frozen_at=NOW, closed_at=NOW), False),
        (replace(ACCOUNT, closed_at=NOW), False),
    ],
)
def test_a_grant_stands_while_nothing_hard_is_owed(account: Account | None, stands: bool) -> None:
    assert standing(account, 3, "g") == (Standing("a", 3, "g") if stands else None)
