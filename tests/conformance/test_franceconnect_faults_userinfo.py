"""What FranceConnect's userinfo may be instead of the truth (rows 26 to 33), for who signs in and for who links."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.faulty import Faulty
from tests.conformance.upstream_faults import REACTIONS, named
from tests.support.house import CARD

LINKED = {
    "32-day-unknown", "32-day-and-month-unknown", "33-birthplace-empty", "33-birthplace-text", "33-birthplace-unknown",
}  # fmt: skip
"""What does not keep a link from being made: dates known in part, and a birthplace that says nothing."""


@pytest.mark.parametrize("name", named(26))
def test_fault_26_an_unsigned_userinfo_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(27))
def test_fault_27_a_userinfo_is_checked_like_a_token(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(28))
def test_fault_28_a_userinfo_about_somebody_else_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(29))
def test_fault_29_a_token_does_not_stand_for_the_other(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(30))
def test_fault_30_a_userinfo_that_does_not_come_whole_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(31))
def test_fault_31_claims_that_nobody_can_read_keep_no_linked_member_out(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(32))
def test_fault_32_dates_keep_no_linked_member_out(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(33))
def test_fault_33_birthplaces_keep_no_linked_member_out(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


def linking(faulty: Faulty, name: str | None = None, **fault: Any) -> str:
    """Try to link with a fault waiting; return what the page says of it. The session upstream ends either way."""
    faulty.house.mock.fault(name, **fault)
    with faulty.unlinked(), faulty.house.traveller() as traveller:
        traveller.sign_in()
        traveller.link()
        assert faulty.asked() == ("token", "userinfo", "logout", "departure")
        made = len(faulty.rows("SELECT * FROM upstream_links"))
        assert made == (1 if traveller.told == "lie" else 0)
        return traveller.told


@pytest.mark.parametrize("name", named(31))
def test_fault_31_claims_that_nobody_can_read_link_nobody_and_are_not_stored(faulty: Faulty, name: str) -> None:
    assert linking(faulty, name) == "refuse"
    stored = b"".join(path.read_bytes() for path in faulty.house.running.folder.glob("idp.db*"))
    for trace in ("VAS\u202e", "VAS\x1b", "VAS\x00", "N" * 100):
        assert trace.encode() not in stored
        assert trace not in faulty.logged.getvalue()


@pytest.mark.parametrize("trace", ["\n", "\t", "\x7f", "\u200b", "\u202c", "\ue000"], ids=ascii)
def test_fault_31_a_name_that_only_looks_right_links_nobody(faulty: Faulty, trace: str) -> None:
    name = CARD.birth_name.upper()
    assert linking(faulty, at="userinfo_token", claims={"family_name": name}) == "lie"
    assert linking(faulty, at="userinfo_token", claims={"family_name": name + trace}) == "refuse"


@pytest.mark.parametrize("name", [*named(32), *named(33)])
def test_fault_32_33_a_link_compares_what_both_sides_know(faulty: Faulty, name: str) -> None:
    assert linking(faulty, name) == ("lie" if name in LINKED else "refuse")


@pytest.mark.parametrize("name", [*named(14), *named(24), *named(17), *named(28)])
def test_fault_14_17_24_28_nor_is_anybody_linked_by_what_is_refused(faulty: Faulty, name: str) -> None:
    with faulty.unlinked(), faulty.house.traveller() as traveller:
        traveller.sign_in()
        faulty.house.mock.fault(name)
        page = traveller.link()
        assert (page.status, faulty.asked()) == (400, REACTIONS[name].asked)
        assert faulty.rows("SELECT * FROM upstream_links") == []
        assert traveller.browser.get("/espace").path == "/espace", "the session of before goes on"
