"""The callback's parameters (facts 1.4; faults 1, 4 and 7): one readable answer, or none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.federation.answer import Answer, read_answer

STATE = "0a" * 32
ISSUER = "https://fc.example/api/v2"
GOOD = {"state": STATE, "code": "a-code", "iss": ISSUER}
Pairs = list[tuple[str, str]]


def read(**changed: str | None) -> Answer | None:
    told = {**GOOD, **changed}
    return read_answer([(name, value) for name, value in told.items() if value is not None])


def test_a_code_is_an_answer() -> None:
    assert read() == Answer(STATE, "a-code", ISSUER, None, aborted=False)


def test_an_error_is_an_answer() -> None:
    assert read(code=None, error="server_error") == Answer(STATE, None, ISSUER, "server_error", aborted=False)


@pytest.mark.parametrize(
    "state",
    [None, "", "undefined", "null", "0a" * 31, "0a" * 33, "0A" * 32, f"{STATE}\n", f" {STATE}", "0g" * 32, "٠١" * 32],
)
def test_a_state_that_we_cannot_have_made_is_no_answer(state: str | None) -> None:
    assert read(state=state) is None


@pytest.mark.parametrize("code", ["", " ", "a code", "é", "a\x00", "a\n", "c" * 2049])
def test_a_code_that_cannot_be_one_is_no_answer(code: str) -> None:
    assert read(code=code) is None


def test_the_longest_code_is_an_answer() -> None:
    assert read(code="c" * 2048) is not None


@pytest.mark.parametrize("issuer", ["", "https://fc example", "https://fc.example/é", "i" * 513])
def test_an_issuer_that_cannot_be_one_is_no_answer(issuer: str) -> None:
    assert read(iss=issuer) is None


def test_an_answer_without_an_issuer_is_for_the_client_to_judge() -> None:
    assert read(iss=None) == Answer(STATE, "a-code", None, None, aborted=False)


@pytest.mark.parametrize("name", ["state", "code", "iss", "error", "error_description"])
def test_what_is_said_twice_is_no_answer(name: str) -> None:
    pairs: Pairs = [*GOOD.items(), ("error_description", "x"), (name, "x"), (name, "x")]
    assert read_answer(pairs) is None


@pytest.mark.parametrize("pairs", [[("error", "x")], [("error", "")]], ids=["both", "an empty error"])
def test_a_code_and_an_error_are_no_answer(pairs: Pairs) -> None:
    assert read_answer([*GOOD.items(), *pairs]) is None


def test_neither_code_nor_error_is_no_answer() -> None:
    assert read(code=None) is None
    assert read_answer([]) is None


@pytest.mark.parametrize("error", ["", "<script>", "a error", "é", "e" * 65, "x\n"])
def test_an_error_that_is_no_word_is_not_repeated(error: str) -> None:
    told = read(code=None, error=error)
    assert told is not None
    assert told.error == "unreadable"


@pytest.mark.parametrize(
    ("error", "description", "aborted"),
    [
        ("access_denied", "User auth aborted", True),
        ("access_denied", "user authentication aborted", False),
        ("access_denied", None, False),
        ("server_error", "User auth aborted", False),
    ],
)
def test_who_turned_back_has_not_failed(error: str, description: str | None, aborted: bool) -> None:
    told = read(code=None, error=error, error_description=description)
    assert told is not None
    assert told.aborted is aborted


def test_what_nobody_knows_is_not_looked_at() -> None:
    assert read_answer([*GOOD.items(), ("session_state", "x"), ("session_state", "y")]) == read()


NAMES = st.sampled_from([*GOOD, "error", "error_description", "other"])
VALUES = st.text(max_size=70) | st.sampled_from([*GOOD.values(), "access_denied"])


@given(st.lists(st.tuples(NAMES, VALUES), max_size=7))
def test_whatever_comes_is_an_answer_of_one_kind_or_none(pairs: Pairs) -> None:
    told = read_answer(pairs)
    if told is not None:
        assert (told.code is None) != (told.error is None)
        assert len(told.state) == len(STATE)
        assert all(text is None or (text.isascii() and text.isprintable()) for text in (told.code, told.error))
