"""``IDP_ENROLLMENT_DISCLOSURE=uniform``: whatever a number is, its visitor sees the same, and costs the same.

Everything here is tried with a number of every standing, and every answer is compared: status, headers, page, and what
was done while the visitor waited. The times are compared in ``tests/properties/test_uniform_time.py``.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from idp.accounts.provisional import generate
from idp.accounts.throttle import LOOKUP_SOURCE, RIGHT_SOURCE
from idp.enrollment.disclosure import Uniform
from idp.enrollment.facts import Enrollment, Purpose
from idp.kernel.clock import DAY, HOUR, MINUTE, Clock, months_before, paris_date
from idp.kernel.ids import digest
from idp.kernel.vault import Pepper
from idp.members.nir import Nir
from idp.members.question import Question
from idp.storage.attempts import SqlAttempts
from idp.storage.database import Database
from tests.flows.story import WORDS
from tests.support.clock import FakeClock
from tests.support.house import Running, running_house
from tests.support.registry import FundMember, RegistryServer, registry_server
from tests.support.twins import (
    MAIL,
    PHONE,
    SHUT,
    Seen,
    Standing,
    Twin,
    Twins,
    Visitor,
    Watch,
    assert_alike,
    nir_of,
    watched,
)

FRONT, PAYMENT = Question.VITALE_FRONT, Question.PAYMENT
QUESTIONS = (*Question, None)
STEPS = ("profil", "identifiant", "documents", "coordonnees", "verification", "messagerie", "conditions", "envoi")
RECOVERY = "/mot-de-passe/oublie"
ASKED = ("request", "letter_asked")
STRANGER = "2850159001001"
FEW = (Standing.UNKNOWN, Standing.NEVER, Standing.MAILED, Standing.OPEN, Standing.FROZEN)

Trial = Callable[[Visitor], None]
Pause = Callable[[Running, Twins, Sequence[Twin]], None]


@pytest.fixture
def watch(database: Database, clock: FakeClock, tmp_path: Path) -> Iterator[Watch]:
    """A uniform house on SQLite and on PostgreSQL."""
    url = database.url.render_as_string(hide_password=False)
    with running_house(url, clock, tmp_path, enrollment_disclosure="uniform") as running, watched(running) as watch:
        yield watch


@pytest.fixture
def light_watch(sqlite_template: Path, clock: FakeClock, tmp_path: Path) -> Iterator[Watch]:
    """The same on SQLite alone: for what no database can change."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    with running_house(url, clock, tmp_path, enrollment_disclosure="uniform") as running, watched(running) as watch:
        yield watch


def all_try(
    watch: Watch,
    question: Question | None,
    trial: Trial,
    pause: Pause | None = None,
    then: Trial | None = None,
    standings: Sequence[Standing] = tuple(Standing),
) -> dict[Standing, list[Seen]]:
    """Have every number try the same, and once more after a pause; return what each saw."""
    twins = Twins(watch.running)
    group = twins.of(question, standings)
    with ExitStack() as stack:
        visitors = [stack.enter_context(closing(Visitor(watch, twin))) for twin in group]
        for visitor in visitors:
            trial(visitor)
        if pause is not None and then is not None:
            pause(watch.running, twins, group)
            watch.put()
            for visitor in visitors:
                then(visitor)
        return {visitor.twin.standing: visitor.seen for visitor in visitors}


# --- the ways through ----------------------------------------------------------------------------------------------


def type_number(visitor: Visitor) -> None:
    visitor.go("/inscription")
    visitor.submit({"profile": visitor.twin.profile})
    visitor.submit({"nir": visitor.twin.nir})


def go_to_question(visitor: Visitor) -> None:
    """Where nothing can be asked this is the last page already."""
    type_number(visitor)
    visitor.submit()
    visitor.submit({"email": MAIL, "phone": PHONE})


def go_to_recovery_question(visitor: Visitor) -> None:
    visitor.go(RECOVERY)
    visitor.submit({"nir": visitor.twin.nir})


def answer_wrong(visitor: Visitor) -> None:
    if visitor.twin.question is not None:
        visitor.submit({"answer": visitor.twin.wrong})


def reload(visitor: Visitor) -> None:
    visitor.go(visitor.page.path)


def walk(visitor: Visitor) -> None:
    go_to_question(visitor)
    answer_wrong(visitor)
    reload(visitor)


def recover(visitor: Visitor) -> None:
    go_to_recovery_question(visitor)
    answer_wrong(visitor)
    reload(visitor)


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_a_wrong_answer_shows_the_same_and_costs_the_same_whatever_the_number_is(
    watch: Watch, question: Question | None
) -> None:
    visits = all_try(watch, question, walk)
    assert_alike(visits)
    end = visits[Standing.UNKNOWN][-1]
    assert end.asked == "GET /inscription/envoi"
    assert WORDS("enrollment.letter.where") in end.body
    assert jobs(visits) == [ASKED]


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_a_forgotten_password_shows_the_same_and_costs_the_same_whatever_the_number_is(
    watch: Watch, question: Question | None
) -> None:
    visits = all_try(watch, question, recover)
    assert_alike(visits)
    assert WORDS("reset.sent.text") in visits[Standing.UNKNOWN][-1].body
    assert jobs(visits) == [ASKED]


def jobs(visits: dict[Standing, list[Seen]]) -> list[object]:
    """Return what was put in the outbox for the unknown number: lane and kind."""
    return [job[:2] for seen in visits[Standing.UNKNOWN] for job in seen.put]


# --- what a curious visitor may try --------------------------------------------------------------------------------


def enrollment_of(visitor: Visitor) -> Enrollment:
    with visitor.running.house.begin(write=False) as unit:
        found = unit.enrollments.find(digest(visitor.cookies()["idp_enrollment"]), Purpose.ENROLLMENT)
    assert found is not None
    return found


def look_everywhere(visitor: Visitor) -> None:
    """Every page, whether or not it is its turn; the page that goes on or starts again."""
    for slug in STEPS:
        visitor.go(f"/inscription/{slug}")
    visitor.go("/inscription")
    visitor.go("/inscription/reprendre")


def look_at_every_page(visitor: Visitor) -> None:
    type_number(visitor)
    look_everywhere(visitor)
    visitor.submit()
    visitor.submit({"email": MAIL, "phone": PHONE})
    look_everywhere(visitor)
    answer_wrong(visitor)
    look_everywhere(visitor)


def press_what_the_last_page_has_not(visitor: Visitor) -> None:
    """A stamp is easily counted on."""
    go_to_question(visitor)
    question = visitor.page
    answer_wrong(visitor)
    stamp = {"version": enrollment_of(visitor).stamp}
    for slug, values in (
        ("envoi", {"action": "resend"}),
        ("envoi", {"action": "correct"}),
        ("messagerie", {"email": MAIL}),
        ("conditions", {"accept": "yes"}),
        ("verification", {"answer": visitor.twin.wrong}),
        ("identifiant", {"nir": visitor.twin.nir}),
        ("identifiant", {"action": "not_received"}),
        ("retour", {}),
    ):
        visitor.send(f"/inscription/{slug}", {**stamp, **values}, page=question)


def ask_for_the_letter(visitor: Visitor) -> None:
    go_to_question(visitor)
    visitor.submit({"action": "by_post"})
    reload(visitor)


def answer_right_where_nobody_enrolls_any_more(visitor: Visitor) -> None:
    go_to_question(visitor)
    shut = visitor.twin.standing in SHUT
    visitor.submit({"answer": visitor.twin.right if shut else visitor.twin.wrong})
    reload(visitor)


def answer_what_cannot_be_read(visitor: Visitor) -> None:
    go_to_question(visitor)
    for text in ("", "abc", "12", "1,2,3"):
        visitor.submit({"answer": text})
    answer_wrong(visitor)


def use_two_tabs(visitor: Visitor) -> None:
    """A page of before is sent: with the cookie of now, then with the cookie of before."""
    type_number(visitor)
    documents, before = visitor.page, visitor.cookies()
    visitor.submit()
    visitor.send("/inscription/documents", {}, page=documents)
    visitor.go("/inscription/reprendre")
    visitor.submit({"email": MAIL, "phone": PHONE})
    question = visitor.page
    answer_wrong(visitor)
    visitor.send("/inscription/verification", {"answer": visitor.twin.wrong}, page=question)
    visitor.come_back_with(before)
    visitor.go("/inscription/verification")
    visitor.send("/inscription/verification", {"answer": visitor.twin.wrong}, page=question)


def answer_while_another_tab_is_judged(visitor: Visitor) -> None:
    go_to_question(visitor)
    holder = enrollment_of(visitor).holder
    assert holder is not None
    with visitor.running.house.begin() as unit:
        assert unit.members.take_proof(holder, 1, visitor.running.clock.now())
    question = visitor.page
    answer_wrong(visitor)
    visitor.send("/inscription/verification", {"action": "by_post"}, page=question)


def knock_at_the_second_door(visitor: Visitor) -> None:
    """The guide's invitation view has it; in uniform mode no page does."""
    visitor.go("/inscription")
    visitor.submit({"profile": visitor.twin.profile})
    visitor.send("/inscription/identifiant", {"action": "not_received"})
    visitor.submit({"nir": visitor.twin.nir})
    visitor.send("/inscription/identifiant", {"action": "not_received"})
    visitor.send("/inscription/identifiant", {"action": "not_received", "nir": visitor.twin.nir})


def knock_at_the_second_door_of_recovery(visitor: Visitor) -> None:
    go_to_recovery_question(visitor)
    visitor.send(f"{RECOVERY}/numero", {"action": "not_received"})


def go_back_and_forth(visitor: Visitor) -> None:
    """The same number again loses nothing; another one in between loses the rest."""
    go_to_question(visitor)
    visitor.go("/inscription/identifiant")
    visitor.submit({"nir": visitor.twin.nir})
    visitor.send("/inscription/retour", {})
    visitor.go("/inscription/identifiant")
    visitor.submit({"nir": STRANGER})
    visitor.go("/inscription/identifiant")
    visitor.submit({"nir": visitor.twin.nir})


def start_again(visitor: Visitor) -> None:
    """The restart drops the cookie, and the one of before opens nothing."""
    type_number(visitor)
    before = visitor.cookies()
    visitor.go("/inscription")
    visitor.submit({"action": "restart"})
    visitor.come_back_with(before)
    visitor.go("/inscription/documents")
    walk(visitor)


def go_from_one_way_to_the_other(visitor: Visitor) -> None:
    """One cookie serves both; each walk sees its own alone."""
    go_to_question(visitor)
    for page in ("", "/reprendre", "/verification", "/numero"):
        visitor.go(RECOVERY + page)
    go_to_recovery_question(visitor)
    for page in ("", "/reprendre", "/verification"):
        visitor.go("/inscription" + page)


def look_at_every_page_of_recovery(visitor: Visitor) -> None:
    go_to_recovery_question(visitor)
    for _ in range(2):
        for page in ("/numero", "/envoi", "/messagerie", "", "/reprendre"):
            visitor.go(RECOVERY + page)
        if visitor.page.path.endswith("/verification"):
            answer_wrong(visitor)


def ask_for_the_letter_of_recovery(visitor: Visitor) -> None:
    go_to_recovery_question(visitor)
    visitor.submit({"action": "by_post"})
    reload(visitor)


def come_too_often(visitor: Visitor) -> None:
    """The thirty look-ups of this source are spent."""
    attempts = SqlAttempts(visitor.running.house.database)
    while attempts.take("lookup:source:127.0.0.1", LOOKUP_SOURCE) is None:
        pass
    type_number(visitor)


def answer_right_too_often(visitor: Visitor) -> None:
    """This source gave more right answers than people do."""
    attempts = SqlAttempts(visitor.running.house.database)
    while attempts.take("right:source:127.0.0.1", RIGHT_SOURCE) is None:
        pass
    go_to_question(visitor)
    answer_wrong(visitor)


TRIALS: tuple[Trial, ...] = (
    look_at_every_page,
    press_what_the_last_page_has_not,
    ask_for_the_letter,
    answer_right_where_nobody_enrolls_any_more,
    answer_what_cannot_be_read,
    use_two_tabs,
    answer_while_another_tab_is_judged,
    knock_at_the_second_door,
    knock_at_the_second_door_of_recovery,
    go_back_and_forth,
    start_again,
    go_from_one_way_to_the_other,
    look_at_every_page_of_recovery,
    ask_for_the_letter_of_recovery,
    come_too_often,
    answer_right_too_often,
)


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: str(trial.__name__))
def test_nothing_that_a_visitor_tries_tells_the_numbers_apart(light_watch: Watch, trial: Trial) -> None:
    assert_alike(all_try(light_watch, FRONT, trial, standings=FEW))


def come_back(visitor: Visitor) -> None:
    """The page that was left open, then all again from another browser, by both ways."""
    for page in ("/envoi", "/verification", "", "/reprendre"):
        visitor.go("/inscription" + page)
    visitor.new_browser()
    walk(visitor)
    visitor.new_browser()
    recover(visitor)


def the_post_works(running: Running, _twins: Twins, _group: Sequence[Twin]) -> None:
    """Letters are written, or are not; the try stays spent."""
    running.post.run_once()


def a_week_goes_by(running: Running, _twins: Twins, _group: Sequence[Twin]) -> None:
    running.post.run_once()
    running.clock.advance(8 * DAY)


def most_of_an_hour_goes_by(running: Running, _twins: Twins, _group: Sequence[Twin]) -> None:
    """The mails that were never sent are late by now."""
    running.clock.advance(50 * MINUTE)


def an_hour_goes_by(running: Running, _twins: Twins, _group: Sequence[Twin]) -> None:
    """The enrollment is over."""
    running.clock.advance(HOUR)


def every_member_opens_an_account(running: Running, twins: Twins, group: Sequence[Twin]) -> None:
    for twin in group:
        with running.house.begin() as unit:
            member = unit.members.find_by_nir(Nir(twin.nir))
            if member is not None and twin.standing not in SHUT:
                twins.settle(unit, Standing.OPEN, member.id)


@pytest.mark.parametrize(
    ("trial", "pause"),
    [
        (walk, the_post_works),
        (walk, a_week_goes_by),
        (walk, every_member_opens_an_account),
        (go_to_question, every_member_opens_an_account),
        (go_to_question, most_of_an_hour_goes_by),
        (go_to_question, an_hour_goes_by),
    ],
)
def test_nothing_that_happens_meanwhile_tells_the_numbers_apart(light_watch: Watch, trial: Trial, pause: Pause) -> None:
    assert_alike(all_try(light_watch, PAYMENT, trial, pause, come_back))


def test_where_several_tries_are_free_each_wrong_one_shows_the_same(
    sqlite_template: Path, clock: FakeClock, tmp_path: Path
) -> None:
    """A right answer for an account that is open counts as wrong; what is spent is told by the next visit alike."""

    def use_them_up(visitor: Visitor) -> None:
        go_to_question(visitor)
        visitor.submit({"answer": visitor.twin.wrong})
        visitor.new_browser()
        go_to_question(visitor)
        shut = visitor.twin.standing in SHUT
        visitor.submit({"answer": visitor.twin.right if shut else visitor.twin.wrong})
        visitor.submit({"answer": visitor.twin.wrong})
        visitor.new_browser()
        walk(visitor)

    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    settings = {"enrollment_disclosure": "uniform", "proof_tries": 3}
    with running_house(url, clock, tmp_path, **settings) as running, watched(running) as watch:
        assert_alike(all_try(watch, FRONT, use_them_up))


def test_a_right_answer_to_a_forgotten_password_shows_what_a_wrong_one_shows(light_watch: Watch) -> None:
    """Who may be mailed or written to is decided by the account; the page says neither, nor that it is frozen."""

    def answer(visitor: Visitor) -> None:
        go_to_recovery_question(visitor)
        shut = visitor.twin.standing in SHUT
        visitor.submit({"answer": visitor.twin.right if shut else visitor.twin.wrong})
        reload(visitor)

    # Who answers right has the card of an enrolled member in hand: that it was right may cost another query.
    assert_alike(all_try(light_watch, FRONT, answer), but=("statements", "put"))


@pytest.mark.parametrize("word", ["Tracteur-rouge-99", generate()], ids=["own", "provisional"])
def test_a_refused_sign_in_shows_the_same_and_hashes_once_whatever_the_number_is(light_watch: Watch, word: str) -> None:
    def sign_in(visitor: Visitor) -> None:
        visitor.go("/connexion")
        visitor.submit({"identifier": visitor.twin.nir, "password": word})

    light_watch.running.house.hasher.verify(None, word)  # the first one ever makes what all others are compared with
    visits = all_try(light_watch, FRONT, sign_in)
    assert_alike(visits)
    assert [seen.hashes for seen in visits[Standing.UNKNOWN]] == [0, 1]


# --- the fund's own registry -----------------------------------------------------------------------------------------


@pytest.fixture
def fund(clock: FakeClock) -> Iterator[RegistryServer]:
    with registry_server((), clock) as server:
        yield server


@pytest.fixture
def fund_watch(sqlite_template: Path, clock: FakeClock, tmp_path: Path, fund: RegistryServer) -> Iterator[Watch]:
    """A uniform house that asks the fund's registry."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    key = tmp_path / "registry.pem"
    key.touch(0o600)
    key.write_bytes(ECKey.generate_key("P-256").as_pem(private=True))
    settings = {"registry_url": fund.url, "registry_key": key}
    url = f"sqlite:///{tmp_path / 'idp.db'}"
    with (
        running_house(url, clock, tmp_path, enrollment_disclosure="uniform", **settings) as running,
        watched(running) as watch,
    ):
        yield watch


@pytest.mark.parametrize(
    ("question", "mode"), [*((question, "ok") for question in QUESTIONS), (PAYMENT, "error"), (None, "error")], ids=str
)
def test_the_fund_is_asked_as_often_about_nobody_and_its_silence_tells_nothing(
    fund_watch: Watch, fund: RegistryServer, question: Question | None, mode: str
) -> None:
    fund.mode = mode
    asked: dict[Standing, list[str]] = {}
    alike = {}
    twins = Twins(fund_watch.running)
    group = twins.of(question, (*FEW, Standing.LEFT))
    fund.members = tuple(as_fund_member(twin, fund_watch.running.clock) for twin in group[1:])
    for twin in group:
        fund.seen.clear()
        with closing(Visitor(fund_watch, twin)) as visitor:
            go_to_question(visitor)
            if not visitor.page.path.endswith("/envoi"):
                visitor.submit({"answer": twin.wrong if question else "77 777,77"})
            alike[twin.standing] = visitor.seen
        asked[twin.standing] = [seen.path for seen in fund.seen]
    assert_alike(alike)
    assert set(map(tuple, asked.values())) == {tuple(asked[Standing.UNKNOWN])}


def as_fund_member(twin: Twin, clock: Clock) -> FundMember:
    paid = (months_before(paris_date(clock.now()), 2), "Versement", twin.cents)
    return FundMember(
        twin.nir,
        twin.ref,
        serial=twin.serial,
        payments=(paid,) if twin.question is PAYMENT else (),
        invoices=(paid,) if twin.question is Question.INVOICE else (),
        left=twin.standing is Standing.LEFT,
    )


# --- the questions of numbers that are nobody's ----------------------------------------------------------------------

SHARES = {Question.VITALE_FRONT: 55, Question.VITALE_BACK: 15, PAYMENT: 20, Question.INVOICE: 8, None: 2}
NUMBERS = [Nir(nir_of(number)) for number in range(10_000)]


def drawn(shares: Mapping[Question | None, int], key: bytes = b"p" * 32) -> list[Question | None]:
    uniform = Uniform(Pepper({1: key}), shares)
    return [uniform.question(uniform.shadow(number)) for number in NUMBERS]


def test_numbers_that_are_nobodys_get_the_questions_in_the_shares_of_the_members() -> None:
    counted = Counter(drawn(SHARES))
    for question, share in SHARES.items():
        expected = len(NUMBERS) * share / sum(SHARES.values())
        # Four standard deviations: this key and these numbers are fixed, so it holds today as every day.
        assert abs(counted[question] - expected) < 4 * (expected * (1 - share / 100)) ** 0.5, question


def test_a_number_keeps_its_question_while_members_come_and_go() -> None:
    """A restart counts the members anew: whose question changed with that would be nobody's."""
    more = {**SHARES, PAYMENT: 21}
    changed = sum(before is not after for before, after in zip(drawn(SHARES), drawn(more), strict=True))
    assert changed < len(NUMBERS) * 0.02


def test_without_the_key_nobody_can_draw_the_question_of_a_number() -> None:
    assert drawn(SHARES) != drawn(SHARES, b"q" * 32)
    assert drawn(SHARES) == drawn(SHARES)


def test_before_the_first_import_every_number_has_a_question() -> None:
    assert set(drawn({})) == {FRONT}
