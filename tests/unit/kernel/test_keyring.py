"""Which key is in use: a signing key once every portal may have fetched it, a secret at once."""

from __future__ import annotations

import pytest

from idp.kernel.clock import MINUTE, SECOND
from idp.kernel.keyring import (
    JWKS_CACHE,
    KEPT_AFTER,
    PUBLISHED_AHEAD,
    SIGNED_LIFE,
    STAND_IN,
    KeyFile,
    KeyPurpose,
    Phase,
    RingEntry,
    current,
    lacking,
    terms,
)
from idp.oidc.tokens import ID_TOKEN_LIFE

NOW = 1_800_000_000 * SECOND
SIGN, SECRET = KeyPurpose.SIGN_RS256, KeyPurpose.TICKETS


def entry(version: int, age: int, purpose: KeyPurpose = SIGN) -> RingEntry:
    return RingEntry(f"{purpose}-{version}", purpose, version, "f", None, NOW - age)


@pytest.mark.parametrize(
    ("purpose", "ages", "version"),
    [
        (SIGN, [0], 1),
        (SIGN, [90 * MINUTE, 0], 1),
        (SIGN, [90 * MINUTE, PUBLISHED_AHEAD - SECOND], 1),
        (SIGN, [90 * MINUTE, PUBLISHED_AHEAD], 2),
        (SIGN, [90 * MINUTE, 60 * MINUTE, 0], 2),
        (SIGN, [SECOND, 0], 1),
        (SECRET, [0], 1),
        (SECRET, [90 * MINUTE, 0], 2),
    ],
    ids=["first", "too new", "nearly", "old enough", "third too new", "two at once", "secret", "secret at once"],
)
def test_the_newest_that_may_be_used_is_in_use(purpose: KeyPurpose, ages: list[int], version: int) -> None:
    entries = tuple(entry(number, age, purpose) for number, age in enumerate(ages, 1))
    assert current(entries, purpose, NOW).version == version
    assert current(entries[::-1], purpose, NOW).version == version, "the order of the rows decides nothing"


def test_a_purpose_without_a_key_is_an_error() -> None:
    with pytest.raises(LookupError, match="vault"):
        current((entry(1, 0),), KeyPurpose.VAULT, NOW)


def test_the_fingerprint_tells_a_differing_file_and_no_key() -> None:
    one, other = KeyFile("k", SECRET, 1, b"a" * 32), KeyFile("k", SECRET, 1, b"b" * 32)
    assert one.fingerprint != other.fingerprint
    assert one.material.hex() not in one.fingerprint


def test_the_figures_are_the_ones_that_the_recipe_tells() -> None:
    assert (PUBLISHED_AHEAD, STAND_IN, KEPT_AFTER) == (12 * MINUTE, 30 * MINUTE, 37 * MINUTE)
    assert PUBLISHED_AHEAD > JWKS_CACHE
    assert ID_TOKEN_LIFE <= SIGNED_LIFE


ROTATED = 60 * MINUTE
FIRST, SECOND_KEY = RingEntry("a", SIGN, 1, "f", None, 0), RingEntry("b", SIGN, 2, "f", None, ROTATED)


@pytest.mark.parametrize(
    ("minute", "first", "second", "first_changes", "second_changes"),
    [
        (60, Phase.ACTIVE, Phase.NEXT, 72, 72),
        (71.99, Phase.ACTIVE, Phase.NEXT, 72, 72),
        (72, Phase.RETIRING, Phase.ACTIVE, 109, None),
        (108.99, Phase.RETIRING, Phase.ACTIVE, 109, None),
        (109, Phase.GONE, Phase.ACTIVE, None, None),
        (99_999, Phase.GONE, Phase.ACTIVE, None, None),
    ],
)
def test_a_rotation_goes_by_the_clock(
    minute: float, first: Phase, second: Phase, first_changes: int | None, second_changes: int | None
) -> None:
    now = int(minute * MINUTE)
    newer, older = terms((FIRST, SECOND_KEY), SIGN)
    assert (older.phase(now), newer.phase(now)) == (first, second)
    assert older.changes_at(now) == (None if first_changes is None else first_changes * MINUTE)
    assert newer.changes_at(now) == (None if second_changes is None else second_changes * MINUTE)
    assert newer.gone_at is None


def test_a_first_key_is_active_for_ever_as_long_as_it_is_alone() -> None:
    (only,) = terms((FIRST,), SIGN)
    assert [only.phase(now) for now in (-ROTATED, 0, 99 * ROTATED)] == [Phase.ACTIVE] * 3
    assert only.changes_at(0) is None


def test_a_key_that_a_later_one_overtook_never_signs() -> None:
    """The later row is older: it was entered by a machine whose clock was behind."""
    third = RingEntry("c", SIGN, 3, "f", None, ROTATED - 2 * MINUTE)
    newest, overtaken, oldest = terms((FIRST, SECOND_KEY, third), SIGN)
    at = ROTATED + PUBLISHED_AHEAD - MINUTE
    assert [term.phase(at) for term in (newest, overtaken, oldest)] == [Phase.ACTIVE, Phase.RETIRING, Phase.RETIRING]
    assert not overtaken.may_sign(at)


def test_each_key_ends_when_the_very_next_one_begins() -> None:
    third = RingEntry("c", SIGN, 3, "f", None, 3 * ROTATED)
    lives = terms((third, FIRST, SECOND_KEY), SIGN)
    begins = [ROTATED + PUBLISHED_AHEAD, 3 * ROTATED + PUBLISHED_AHEAD]
    assert [(term.entry.kid, term.starts, term.ends) for term in lives] == [
        ("c", begins[1], None),
        ("b", begins[0], begins[1]),
        ("a", None, begins[0]),
    ]


def test_the_other_purpose_has_dates_of_its_own() -> None:
    other = RingEntry("z", KeyPurpose.SIGN_ES256, 7, "f", None, 5)
    assert [term.entry.kid for term in terms((FIRST, other, SECOND_KEY), SIGN)] == ["b", "a"]
    assert terms((FIRST,), KeyPurpose.SIGN_ES256) == ()


@pytest.mark.parametrize(
    ("held", "minute", "named"),
    [
        ("ab", 61, []),
        ("a", 61, ["b"]),
        ("a", 75, ["b"]),
        ("b", 61, ["a"]),
        ("b", 73, []),
        ("b", 120, []),
        ("", 61, ["b", "a"]),
        ("", 120, ["b"]),
    ],
)
def test_a_node_lacks_the_file_of_a_key_that_signs_or_will(held: str, minute: int, named: list[str]) -> None:
    files = [KeyFile(kid, SIGN, 1, b"") for kid in held]
    assert [term.entry.kid for term in lacking((FIRST, SECOND_KEY), files, minute * MINUTE)] == named


def test_a_stand_in_signs_for_long_enough_to_rotate_once_more() -> None:
    assert STAND_IN > PUBLISHED_AHEAD
    _, older = terms((FIRST, SECOND_KEY), SIGN)
    ends = ROTATED + PUBLISHED_AHEAD
    assert older.may_sign(ends + STAND_IN - 1)
    assert not older.may_sign(ends + STAND_IN)
    assert older.phase(ends + STAND_IN + SIGNED_LIFE) is Phase.RETIRING
