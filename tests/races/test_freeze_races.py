"""A freeze code against everything the account is doing at that moment: afterwards nothing of before is honoured."""

from __future__ import annotations

from functools import partial

import pytest

from idp.accounts.account import Account
from idp.accounts.provisional import generate, word_digest
from idp.enrollment.letters import owe_letter
from idp.kernel.clock import DAY
from idp.kernel.effects import Kind, Lane
from idp.post.outbox import Outcome
from idp.storage.outbox import SqlQueue
from tests.races.scene import Scene, is_dead, owe_a_mail, together
from tests.support.browser import Browser
from tests.support.house import change_password, sign_in
from tests.support.portal import Attempt, Portal, Refused, Tokens

ROUNDS = 2
STORM = 6
SHUT = "/securite/gel/fait"


def use(browser: Browser, code: str) -> str:
    """Type a freeze code; return where that leads."""
    return browser.submit({"code": code}).path


def is_nobody(browser: Browser, portal: Portal) -> bool:
    """Tell whether a browser's session is worth nothing, to us and to portals."""
    attempt = portal.start(prompt="none")
    browser.get(attempt.url)
    unknown = portal.error(browser.trail, attempt) == "login_required"
    return unknown and [browser.get(page).path for page in ("/espace", "/mot-de-passe")] == ["/connexion"] * 2


def ask_for_codes(portal: Portal, browser: Browser) -> list[tuple[Attempt, str]]:
    """Come from a portal again and again while that works."""
    codes = []
    for _ in range(STORM):
        attempt = portal.start(prompt="none")
        browser.get(attempt.url)
        answer = portal.answer(browser.trail, attempt)
        if "code" not in answer:
            assert answer["error"] == "login_required"
            break
        codes.append((attempt, answer["code"]))
    return codes


def redeem(portal: Portal, codes: list[tuple[Attempt, str]]) -> list[Tokens]:
    """Redeem codes while that works."""
    got = []
    for code in codes:
        try:
            got.append(portal.tokens(*code))
        except Refused:
            break
    return got


def refresh(portal: Portal, tokens: Tokens) -> list[Tokens]:
    """Refresh again and again while that works."""
    got = [tokens]
    for _ in range(STORM):
        try:
            got.append(portal.refresh(str(got[-1].refresh)))
        except Refused:
            break
    return got


def test_what_portals_got_at_that_moment_is_not_honoured(scene: Scene) -> None:
    portals = [scene.portal()]
    portals += [scene.twin(portals[0]) for _ in range(2)]
    for _ in range(ROUNDS):
        code, freezing, inside = scene.freeze_code(), scene.about_to_freeze(), scene.signed_in()
        first = scene.tokens(portals[0], inside)
        early = [scene.code(portals[0], inside) for _ in range(STORM)]
        late: list[tuple[Attempt, str]] = []
        got: list[Tokens] = []
        together(
            partial(use, freezing, code),
            lambda late=late, inside=inside: late.extend(ask_for_codes(portals[0], inside)),  # type: ignore[misc]
            lambda got=got, early=early: got.extend(redeem(portals[1], early)),  # type: ignore[misc]
            lambda got=got, first=first: got.extend(refresh(portals[2], first)),  # type: ignore[misc]
        )
        assert all(is_dead(portals[0], tokens) for tokens in reversed(got))
        assert is_nobody(inside, portals[0])
        scene.freeze(on=False)
        assert all(is_dead(portals[0], tokens) for tokens in reversed(got)), "an agent opens no token again"
        assert all(portals[0].redeem(*left).json()["error"] == "invalid_grant" for left in late)
        assert is_nobody(inside, portals[0])
        scene.a_week_later()


@pytest.mark.parametrize("kind", ["own", "mailed"])
def test_a_sign_in_at_that_moment_opens_nothing(scene: Scene, kind: str) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        code, freezing, late = scene.freeze_code(), scene.about_to_freeze(), scene.browser()
        word = scene.password if kind == "own" else scene.mailed()
        late.get("/connexion")
        together(partial(sign_in, late, word), partial(use, freezing, code))
        assert is_nobody(late, portal)
        assert not scene.opens(word)
        scene.freeze(on=False)
        assert is_nobody(late, portal)
        assert scene.opens(word) == (kind == "own"), "an agent opens it as it was; the mail is burned"
        scene.a_week_later()


def test_a_change_at_that_moment_leaves_the_account_shut_and_one_password(scene: Scene) -> None:
    portal = scene.portal()
    for turn in range(ROUNDS):
        code, freezing, changing = scene.freeze_code(), scene.about_to_freeze(), scene.about_to_change()
        words = [scene.password, f"Moisson-jaune-{turn}-Aa"]
        _, where = together(partial(change_password, changing, words[1]), partial(use, freezing, code))
        assert where == SHUT
        assert is_nobody(changing, portal)
        assert not any(scene.opens(word) for word in words)
        scene.freeze(on=False)
        assert is_nobody(changing, portal)
        (scene.password,) = (word for word in words if scene.opens(word))
        scene.a_week_later()


def test_a_password_born_at_that_moment_opens_nothing(scene: Scene) -> None:
    for _ in range(ROUNDS):
        code, freezing = scene.freeze_code(), scene.about_to_freeze()
        before = len(scene.running.deliver())
        scene.forget()
        together(scene.running.post.run_once, partial(use, freezing, code))
        mailed = scene.running.deliver()[before:]
        assert not any(scene.opens(word) for word in mailed)
        scene.freeze(on=False)
        assert not any(scene.opens(word) for word in mailed)
        scene.a_week_later()


def test_one_code_in_three_browsers_shuts_once_and_all_are_told(scene: Scene) -> None:
    for _ in range(ROUNDS):
        code, browsers = scene.freeze_code(), [scene.about_to_freeze() for _ in range(3)]
        epoch = scene.account().epoch
        assert together(*(partial(use, browser, code) for browser in browsers)) == [SHUT] * 3
        assert scene.account().epoch == epoch + 1
        scene.freeze(on=False)
        assert use(scene.about_to_freeze(), code) != SHUT, "it is used up"
        assert scene.account().frozen_at is None
        scene.a_week_later()


def test_a_letter_opens_the_account_or_a_second_code_shuts_it(scene: Scene) -> None:
    codes = []
    for _ in range(ROUNDS):
        codes.append(scene.freeze_code())
        scene.a_week_later()
    portal = scene.portal()
    for turn, code in enumerate(codes):
        scene.freeze()
        freezing, changing = scene.about_to_freeze(), scene.about_to_change(scene.posted())
        words = [scene.password, f"Vendange-bleue-{turn}-Aa"]
        _, where = together(partial(change_password, changing, words[1]), partial(use, freezing, code))
        assert where == SHUT
        if scene.account().frozen_at is None:
            assert portal.is_honoured(scene.tokens(portal, changing).access)
        else:
            assert is_nobody(changing, portal)
            assert not any(scene.opens(word) for word in words)
            scene.freeze(on=False)
            assert is_nobody(changing, portal)
        (scene.password,) = (word for word in words if scene.opens(word))
        assert use(scene.about_to_freeze(), code) != SHUT, "it is used up"
        scene.a_week_later()


def test_nobody_waits_for_somebody_who_waits_for_them(scene: Scene) -> None:
    """Whoever locks, locks the account first: of two in each other's way PostgreSQL would stop one."""
    house, clock, queue = scene.running.house, scene.running.clock, SqlQueue(scene.running.house.database)

    def change(known: Account) -> object:
        with house.begin() as unit:
            return unit.accounts.complete_change(known.id, known.epoch, "a hash", None, clock.now())

    def freeze(known: Account) -> object:
        with house.begin() as unit:
            return unit.freezing.freeze(known.id, clock.now())

    def owe(known: Account) -> object:
        with house.begin() as unit:
            return owe_letter(unit, known.member_id, "wrong", None, clock.now())

    for _ in range(20):
        owe_a_mail(scene.running)
        jobs = queue.claim(Lane.MAIL, "a worker", clock.now(), 9)
        (job,) = (job for job in jobs if job.kind is Kind.PROVISIONAL_MAIL)
        account, word = scene.account(), word_digest(generate())
        bear = partial(queue.bear, job, word, clock.now(), clock.now() + DAY)
        together(partial(change, account), partial(freeze, account), partial(owe, account), bear)
        assert all(queue.settle(job, Outcome.DROPPED, clock.now()) for job in jobs)
        if scene.account().frozen_at is not None:
            scene.freeze(on=False)
        clock.advance(31 * DAY)  # another letter may leave
