"""Tickets: one purpose each, bound to one key, readable for so long."""

from __future__ import annotations

import pytest

from idp.kernel.tickets import Purpose, Tickets

KEY = b"k" * 32


def test_the_purposes_on_the_wire_never_change() -> None:
    """A value changed by accident would refuse every form that is open on a kitchen table."""
    assert {purpose.name: purpose.value for purpose in Purpose} == {
        "FORM": "idp.form.v1",
        "LOGOUT": "idp.logout.v1",
        "RETURN": "idp.return.v1",
    }


@pytest.mark.parametrize("value", ["text", {"uri": "https://a.example", "state": None}, [1, 2], "é✓"])
def test_a_ticket_gives_back_its_value(value: object) -> None:
    tickets = Tickets(KEY)
    assert tickets.read(Purpose.FORM, tickets.sign(Purpose.FORM, value), 60) == value


def test_a_ticket_of_one_purpose_is_none_of_another() -> None:
    tickets = Tickets(KEY)
    for purpose in Purpose:
        ticket = tickets.sign(purpose, "x")
        assert [other for other in Purpose if tickets.read(other, ticket, 60) is not None] == [purpose]


def test_a_ticket_of_another_key_is_none() -> None:
    assert Tickets(KEY).read(Purpose.FORM, Tickets(b"o" * 32).sign(Purpose.FORM, "x"), 60) is None


def test_a_ticket_that_lost_a_character_or_changed_one_is_none() -> None:
    tickets = Tickets(KEY)
    ticket = tickets.sign(Purpose.FORM, "value")
    # The last character of a signature may carry spare bits: leave it alone.
    for place in range(len(ticket) - 1):
        changed = "A" if ticket[place] != "A" else "B"
        assert tickets.read(Purpose.FORM, ticket[:place] + changed + ticket[place + 1 :], 60) is None
        assert tickets.read(Purpose.FORM, ticket[:place] + ticket[place + 1 :], 60) is None


@pytest.mark.parametrize("ticket", ["", ".", "...", "é.é.é", "\x00", "A" * 4096, "A" * 100_000, "eyJ9.AAAA.AAAA"])
def test_nonsense_is_no_ticket(ticket: str) -> None:
    assert Tickets(KEY).read(Purpose.FORM, ticket, 60) is None


def test_a_ticket_has_its_time() -> None:
    tickets = Tickets(KEY)
    assert tickets.read(Purpose.FORM, tickets.sign(Purpose.FORM, "x"), -1) is None
