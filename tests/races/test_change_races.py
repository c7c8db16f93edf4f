"""The change that a reset ends in against everything the old epoch is doing at that moment (law 1)."""

from __future__ import annotations

import pytest

from tests.races.scene import Scene, is_dead, together
from tests.support.house import sign_in
from tests.support.portal import Attempt, Refused, Tokens

ROUNDS = 2
STORM = 6


def test_what_authorize_gave_at_that_moment_is_not_honoured(scene: Scene) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        old, changing = scene.signed_in(), scene.about_to_change()
        other, got = scene.twin(portal), list[Tokens]()
        codes = list[tuple[Attempt, str]]()

        def storm(old=old, other=other, got=got, codes=codes) -> None:  # type: ignore[no-untyped-def]
            for turn in range(STORM):
                attempt = other.start(prompt="none")
                old.get(attempt.url)
                answer = other.answer(old.trail, attempt)
                if "code" not in answer:
                    assert answer["error"] == "login_required"
                    return
                codes.append((attempt, answer["code"]))
                if turn % 2:
                    try:
                        got.append(other.tokens(*codes.pop()))
                    except Refused:
                        return

        together(storm, lambda changing=changing: scene.change(changing))  # type: ignore[misc]
        assert all(is_dead(portal, tokens) for tokens in got)
        assert all(portal.redeem(*left).json()["error"] == "invalid_grant" for left in codes)
        assert not scene.is_in(old)
        assert portal.is_honoured(scene.tokens(portal, changing).access), "the session that changed goes on"


def test_what_refresh_gave_at_that_moment_is_not_honoured(scene: Scene) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        old, changing = scene.signed_in(), scene.about_to_change()
        got = [scene.tokens(portal, old)]

        def storm(got=got) -> None:  # type: ignore[no-untyped-def]
            for _ in range(STORM):
                try:
                    got.append(portal.refresh(str(got[-1].refresh)))
                except Refused:
                    return

        together(storm, lambda changing=changing: scene.change(changing))  # type: ignore[misc]
        assert all(is_dead(portal, tokens) for tokens in reversed(got))


def test_userinfo_is_silent_once_the_change_is_said_to_be_complete(scene: Scene) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        changing = scene.about_to_change()
        tokens = scene.tokens(portal, scene.signed_in())

        def storm(tokens=tokens) -> list[bool]:  # type: ignore[no-untyped-def]
            return [portal.is_honoured(tokens.access) for _ in range(STORM)]

        def change(changing=changing) -> list[bool]:  # type: ignore[no-untyped-def]
            scene.change(changing)
            return []

        seen, _ = together(storm, change)
        assert seen == sorted(seen, reverse=True), "once refused, refused for ever"
        assert is_dead(portal, tokens)


def test_a_code_redeemed_at_that_moment_is_not_honoured(scene: Scene) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        changing = scene.about_to_change()
        attempt, code = scene.code(portal, scene.signed_in())

        def redeem(attempt=attempt, code=code) -> Tokens | None:  # type: ignore[no-untyped-def]
            try:
                return portal.tokens(attempt, code)
            except Refused:
                return None

        tokens, _ = together(redeem, lambda changing=changing: scene.change(changing))  # type: ignore[misc]
        assert tokens is None or is_dead(portal, tokens)


@pytest.mark.parametrize("kind", ["own", "provisional"])
def test_a_sign_in_at_that_moment_with_an_old_word_opens_nothing(scene: Scene, kind: str) -> None:
    portal = scene.portal()
    for _ in range(ROUNDS):
        changing = scene.about_to_change()
        word = scene.password if kind == "own" else scene.mailed()
        late = scene.browser()
        late.get("/connexion")
        together(
            lambda late=late, word=word: sign_in(late, word),  # type: ignore[misc]
            lambda changing=changing: scene.change(changing),  # type: ignore[misc]
        )
        assert not scene.is_in(late)
        attempt = portal.start(prompt="none")
        late.get(attempt.url)
        assert portal.error(late.trail, attempt) == "login_required"
        assert scene.is_in(changing)


def test_two_tabs_on_the_change_have_one_winner(scene: Scene) -> None:
    for turn in range(ROUNDS):
        browser = scene.about_to_change()
        tabs = [browser, scene.tab(browser)]
        words = [f"Moisson-jaune-{turn}{number}-Aa" for number in range(2)]

        def choose(number: int, tabs=tabs, words=words) -> None:  # type: ignore[no-untyped-def]
            tabs[number].submit({"new_password": words[number], "new_password_again": words[number]})

        together(lambda: choose(0), lambda: choose(1))
        assert sum(scene.is_in(tab) for tab in tabs) == 1, "one tab has the new cookie"
        good = [word for word in words if scene.opens(word)]
        assert len(good) == 1
        scene.password = good[0]


def test_two_browsers_on_the_change_have_one_winner(scene: Scene) -> None:
    for turn in range(ROUNDS):
        browsers = [scene.about_to_change(), scene.about_to_change()]
        words = [f"Vendange-rouge-{turn}{number}-Aa" for number in range(2)]

        def choose(number: int, browsers=browsers, words=words) -> None:  # type: ignore[no-untyped-def]
            browsers[number].submit({"new_password": words[number], "new_password_again": words[number]})

        together(lambda: choose(0), lambda: choose(1))
        winner = [scene.is_in(browser) for browser in browsers]
        assert sorted(winner) == [False, True]
        assert [scene.opens(word) for word in words] == winner
        scene.password = words[winner.index(True)]


@pytest.mark.parametrize("frozen", [False, True], ids=["open", "frozen"])
def test_two_posted_words_have_one_winner(scene: Scene, frozen: bool) -> None:
    if frozen:
        scene.freeze()
    posted = [scene.posted()]
    scene.a_week_later()
    posted.append(scene.posted())
    browsers = [scene.about_to_change(word) for word in posted]
    words = ["Semaille-bleue-1-Aa", "Semaille-bleue-2-Aa"]

    def choose(number: int) -> None:
        browsers[number].submit({"new_password": words[number], "new_password_again": words[number]})

    together(lambda: choose(0), lambda: choose(1))
    winner = [scene.is_in(browser) for browser in browsers]
    assert sorted(winner) == [False, True]
    assert [scene.opens(word) for word in words] == winner
    assert not any(scene.opens(word) for word in [scene.password, *posted])
