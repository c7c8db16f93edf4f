"""Ids and secrets: random, of one shape; what comes from outside is looked at before a store sees it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.ids import digest, is_id, new_id, new_secret, ordered_id


def test_every_id_is_new_and_has_its_shape() -> None:
    ids = {new_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert all(is_id(one) for one in ids)


@pytest.mark.parametrize("text", ["", "A" * 21, "A" * 23, "A" * 22 + "\n", "é" + "A" * 21, "A" * 21 + "="])
def test_other_shapes_are_no_ids(text: str) -> None:
    assert not is_id(text)


def test_ordered_ids_sort_by_time() -> None:
    ids = [ordered_id(instant * 1_000) for instant in (0, 1, 999, 1_800_000_000_000, 1_800_000_000_001)]
    assert ids == sorted(ids)
    assert len({len(one) for one in ids}) == 1


@given(st.text(st.characters(exclude_categories=())))
def test_a_digest_is_told_of_any_text(secret: str) -> None:
    assert len(digest(secret)) == 43
    assert digest(secret) == digest(secret)


def test_secrets_hold_256_bits() -> None:
    assert {len(new_secret()) for _ in range(100)} == {43}
