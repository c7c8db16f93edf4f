"""The NIR at rest: looked up by keyed digests, kept encrypted, both under keys that can rotate (law 3)."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from idp.kernel.vault import Pepper, Vault

OLD, NEW = b"o" * 32, b"n" * 32
NIR = "2850359350117"


@given(st.text(), st.text(min_size=1))
def test_what_is_sealed_opens_for_whom_it_was_sealed_alone(value: str, owner: str) -> None:
    vault = Vault({1: OLD})
    sealed = vault.seal(value, owner)
    assert vault.open(sealed, owner) == value
    with pytest.raises(InvalidTag):
        vault.open(sealed, owner + "x")


def test_the_same_number_is_sealed_differently_each_time() -> None:
    vault = Vault({1: OLD})
    assert len({vault.seal(NIR, "m") for _ in range(50)}) == 50


def test_any_altered_byte_is_noticed() -> None:
    vault = Vault({1: OLD})
    sealed = vault.seal(NIR, "m")
    for place in range(1, len(sealed)):
        altered = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(InvalidTag):
            vault.open(altered, "m")


def test_after_a_rotation_old_values_open_and_new_ones_carry_the_new_version() -> None:
    before, after = Vault({1: OLD}), Vault({1: OLD, 2: NEW})
    sealed = before.seal(NIR, "m")
    assert after.open(sealed, "m") == NIR
    assert after.seal(NIR, "m")[0] == 2
    with pytest.raises(KeyError):
        before.open(after.seal(NIR, "m"), "m")


def test_the_newest_pepper_writes_and_every_one_reads_newest_first() -> None:
    pepper = Pepper({1: OLD, 3: NEW, 2: b"m" * 32})
    assert pepper.lookup("nir", NIR).key_version == 3
    assert [found.key_version for found in pepper.lookups("nir", NIR)] == [3, 2, 1]
    assert pepper.lookups("nir", NIR)[2] == Pepper({1: OLD}).lookup("nir", NIR)


def test_digests_differ_by_purpose_value_and_key() -> None:
    digests = {
        Pepper({1: key}).lookup(purpose, value).digest
        for key in (OLD, NEW)
        for purpose in ("nir", "signin")
        for value in (NIR, NIR[:-1] + "8")
    }
    assert len(digests) == 8
    assert not any(NIR in digest for digest in digests)
