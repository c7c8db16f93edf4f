"""The fund's registry is away, hangs or talks nonsense: the member reads it, loses nothing, and goes on later."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from idp.adapters import registry_http
from idp.demo.person import Person
from idp.kernel.clock import paris_date
from idp.kernel.keyring import KeyPurpose
from idp.oidc.key_pairs import new_pem
from tests.flows.story import CONTACT, WRONG, enroll_to, path, rows, says, shown
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.house import CARD, FARMER, MAIL, PAYMENT, UNASKED, Running, open_account, running_house, sign_in
from tests.support.registry import RegistryServer, demo_members, registry_server

FAULTS = ("stopped", "hang", "error", "garbage", "wrong_type", "html", "half")


@pytest.fixture
def registry(clock: FakeClock) -> Iterator[RegistryServer]:
    with registry_server(demo_members(paris_date(clock.now())), clock) as running:
        yield running


@pytest.fixture
def house(
    registry: RegistryServer,
    sqlite_template: Path,
    clock: FakeClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Running]:
    """A house that asks the fund's registry, and does not wait long."""
    monkeypatch.setattr(registry_http, "SECONDS", 0.3)
    key = tmp_path / "registry.pem"
    key.touch(mode=0o600)
    key.write_bytes(new_pem(KeyPurpose.SIGN_ES256))
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    with running_house(url, clock, tmp_path, registry_url=registry.url, registry_key=key) as running:
        yield running


@pytest.fixture
def visitor(house: Running) -> Iterator[Browser]:
    with house.browser() as opened:
        yield opened


def fail(registry: RegistryServer, fault: str) -> None:
    if fault == "stopped":
        registry.stop()
    else:
        registry.mode = fault


def come_back(registry: RegistryServer) -> None:
    registry.stop()
    registry.mode = "ok"
    registry.start()


def test_the_registry_judges_the_answer_and_the_password_comes_by_mail(
    house: Running, registry: RegistryServer, visitor: Browser
) -> None:
    enroll_to(visitor, "envoi", FARMER)
    assert [verdict for _, verdict in registry.attempts] == ["right"]
    sign_in(visitor, house.deliver()[-1], FARMER)
    assert path(visitor) == "/mot-de-passe"


def test_a_wrong_answer_ends_by_post(house: Running, registry: RegistryServer, visitor: Browser) -> None:
    enroll_to(visitor, "verification")
    visitor.submit({"answer": WRONG})
    assert says(visitor, "enrollment.letter.wrong")
    assert [verdict for _, verdict in registry.attempts] == ["wrong"]
    assert len(house.letters()) == 1


def test_the_answer_waits_for_the_registry_and_nothing_is_lost(
    house: Running, registry: RegistryServer, visitor: Browser
) -> None:
    enroll_to(visitor, "verification")
    kept = "SELECT member_id, question, email, phone, answer, version FROM enrollments"
    before = rows(house, kept)
    for fault in FAULTS:
        fail(registry, fault)
        for typed in (WRONG, CARD.serial):
            visitor.submit({"answer": typed})
            assert shown(visitor).status == 503, fault
            assert path(visitor) == "/inscription/verification"
            assert says(visitor, "enrollment.proof.error.unavailable")
            assert shown(visitor).form().fields["answer"] == ""
        assert rows(house, "SELECT verdict FROM proof_slots") == [("void",)], fault
        come_back(registry)
    assert rows(house, kept) == before
    assert registry.attempts == []
    visitor.submit({"answer": CARD.serial})
    assert path(visitor) == "/inscription/messagerie"
    visitor.submit()
    visitor.submit({"accept": "yes"})
    assert len(house.deliver()) == 1


def test_who_will_not_wait_may_have_the_letter(house: Running, registry: RegistryServer, visitor: Browser) -> None:
    enroll_to(visitor, "verification")
    registry.stop()
    visitor.submit({"answer": CARD.serial})
    visitor.submit({"action": "by_post"})
    assert says(visitor, "enrollment.letter.no_question")
    assert len(house.letters()) == 1


@pytest.mark.parametrize("fault", ["stopped", "hang"])
def test_a_number_typed_meanwhile_is_taken_and_its_question_announced(
    registry: RegistryServer, visitor: Browser, fault: str
) -> None:
    enroll_to(visitor, "identifiant", PAYMENT)
    fail(registry, fault)
    visitor.submit({"nir": PAYMENT.nir})
    assert says(visitor, "enrollment.documents.payment")
    come_back(registry)
    visitor.submit()
    visitor.submit({"email": MAIL, "phone": "0639981234"})
    visitor.submit({"answer": PAYMENT.answer})
    assert path(visitor) == "/inscription/messagerie"


def test_a_question_that_turns_out_to_have_no_answer_ends_by_post(
    house: Running, registry: RegistryServer, visitor: Browser
) -> None:
    """Nobody could tell at the number: the registry was away."""
    registry.stop()
    enroll_to(visitor, "verification", UNASKED)
    come_back(registry)
    visitor.submit({"answer": "402,15"})
    assert says(visitor, "enrollment.letter.no_question")
    assert len(house.letters()) == 1


def test_a_forgotten_password_waits_for_the_registry_too(house: Running, registry: RegistryServer) -> None:
    open_account(house)
    with house.browser() as browser:
        browser.get("/mot-de-passe/oublie")
        browser.submit({"nir": CARD.nir})
        registry.stop()
        browser.submit({"answer": CARD.serial})
        assert shown(browser).status == 503
        assert says(browser, "enrollment.proof.error.unavailable")
        come_back(registry)
        browser.submit({"answer": CARD.serial})
        assert says(browser, "reset.sent.title")


@pytest.mark.parametrize(
    ("person", "answer", "gone"),
    [(CARD, CARD.serial, "left"), (CARD, WRONG, "deceased"), (PAYMENT, PAYMENT.answer, "deceased")],
)
def test_who_left_or_died_is_nobody_to_enroll_and_the_contacts_follow(
    house: Running, registry: RegistryServer, visitor: Browser, person: Person, answer: str, gone: str
) -> None:
    enroll_to(visitor, "verification", person)
    registry.members = tuple(
        replace(member, left=gone == "left", deceased=gone == "deceased") if member.nir == person.nir else member
        for member in registry.members
    )
    visitor.submit({"answer": answer})
    assert says(visitor, "enrollment.no_way.title")
    assert says(visitor, "enrollment.no_way.text")
    assert CONTACT in shown(visitor).text
    for door in ("verification", "messagerie", "conditions", "coordonnees", "envoi"):
        visitor.get(f"/inscription/{door}")
        assert says(visitor, "enrollment.no_way.title"), door
    assert house.deliver() == []
    assert house.letters() == []
    assert rows(house, "SELECT * FROM outbox") == []


def test_the_log_says_that_it_was_away_and_neither_who_nor_what(
    house: Running, registry: RegistryServer, visitor: Browser, logged: StringIO
) -> None:
    enroll_to(visitor, "verification", PAYMENT)
    registry.stop()
    visitor.submit({"answer": PAYMENT.answer})
    told = logged.getvalue()
    assert '"enrollment.registry_unavailable"' in told
    secrets = (PAYMENT.nir, PAYMENT.answer, PAYMENT.answer.replace(",", "."), PAYMENT.birth_name, MAIL)
    assert [secret for secret in secrets if secret in told] == []
