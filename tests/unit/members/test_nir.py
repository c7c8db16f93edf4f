"""Reading a social security number: the worked examples and every class of the facts, section 5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.fr import nir as stdnum_nir

from idp.members.nir import Nir, NirError, NirProblem, key_of, read_nir

EXAMPLES = [
    ("2951099126111", "93"),
    ("2530749588157", "23"),
    ("1851178006084", "90"),
    ("1710597411023", "09"),  # overseas, 974
    ("188052A004123", "06"),  # Corsica
    ("199122B050456", "27"),
    ("1623099352012", "55"),  # month 30, Algeria
    ("7850699350001", "61"),  # provisional, born in Morocco
    ("1840375056034", "97"),  # upper bound of keys
    ("1840375056033", "01"),  # lower bound
]


@pytest.mark.parametrize(("value", "key"), EXAMPLES)
def test_worked_examples_read_with_and_without_their_key(value: str, key: str) -> None:
    assert read_nir(value).value == value
    assert read_nir(value + key).value == value
    assert key_of(read_nir(value)) == key


CLASSES = [
    ("1530749588157", "73", "man"),
    ("2530749588157", "23", "woman"),
    ("3530749588157", "70", "man in course of registration"),
    ("4530749588157", "20", "woman in course of registration"),
    ("7850699350001", "61", "man with a provisional number"),
    ("8850699350001", "11", "woman with a provisional number"),
    ("2530149588157", "24", "January"),
    ("2531249588157", "06", "December"),
    ("2532049588157", "37", "unknown month"),
    ("2532149588157", "53", "first pseudo-month"),
    ("2534249588157", "01", "last pseudo-month of the first series"),
    ("2535049588157", "32", "first pseudo-month of the second series"),
    ("2539949588157", "40", "last pseudo-month"),
    ("2001249588157", "81", "born in 2000, or in 1900"),
    ("1991249588157", "33", "born in 1999"),
    ("2540320004123", "11", "Corsica before 1976"),
    ("188052A004123", "06", "Corse-du-Sud"),
    ("199122B366456", "53", "Haute-Corse"),
    ("1710597411023", "09", "Réunion"),
    ("2880497133007", "94", "Guadeloupe"),
    ("1910697611512", "25", "Mayotte"),
    ("1650398735004", "49", "French Polynesia"),
    ("2000498818001", "34", "New Caledonia"),
    ("1620599352012", "43", "born in Algeria"),
    ("1620591352012", "65", "Algiers before independence, or today's Essonne"),
    ("2540395001033", "09", "Morocco before independence, or today's Val-d'Oise"),
    ("2510696007015", "15", "Tunisia before independence"),
    ("2700999100045", "14", "abroad, with the code of France"),
    ("2530701001157", "14", "first département"),
    ("2530799999999", "51", "highest place and order"),
    ("2530749588001", "82", "first order number"),
    ("2530749588999", "54", "last order number"),
    ("1840375056034", "97", "highest key"),
    ("1840375056033", "01", "lowest key"),
]


@pytest.mark.parametrize(("value", "key"), [row[:2] for row in CLASSES], ids=[row[2] for row in CLASSES])
def test_every_class_of_number_is_taken_with_its_key(value: str, key: str) -> None:
    assert read_nir(value).value == value
    assert read_nir(value + key).value == value
    assert stdnum_nir.is_valid(value + key)
    wrong = f"{int(key) % 97 + 1:02d}"
    assert problem_of(value + wrong) is NirProblem.KEY


@pytest.mark.parametrize(
    ("letter", "taken_away", "value"),
    [("A", 1_000_000, "188052A004123"), ("B", 2_000_000, "199122B050456")],
)
def test_corsica_may_be_counted_as_the_official_wording_has_it(letter: str, taken_away: int, value: str) -> None:
    assert read_nir(value).for_key == int(value.replace(letter, "0")) - taken_away


def test_the_key_catches_every_swap_of_neighbours() -> None:
    value = "2530749588157"
    swaps = {value[:at] + value[at + 1] + value[at] + value[at + 2 :] for at in range(12)} - {value}
    assert len(swaps) == 11
    assert {problem_of(swapped + "23") for swapped in swaps} <= {NirProblem.KEY, NirProblem.SHAPE}
    assert {read_nir(swapped).value for swapped in swaps if problem_of(swapped) is None}  # without it, nothing is


@pytest.mark.parametrize(
    "typed",
    [
        "2 53 07 49 588 157",
        "2 53 07 49 588 157 23",
        " 2530749588157\n",
        "2.53.07.49.588.157",
        "2-53-07-49-588-157",
        "2‑53–07—49−588‐157",
        "2\u00a053\u00a007\u202f49\u2009588\u3000157",
        "2\t53 07 49 588 157",
        "２５３０７４９５８８１５７",
        "2 53 07 49 588 157 ２３",
    ],
)
def test_separators_and_full_width_digits_do_not_count(typed: str) -> None:
    assert read_nir(typed).value == "2530749588157"


@pytest.mark.parametrize("typed", ["188052a004123", "1 88 05 2a 004 123 06", "188052Ａ004123", "188052ａ00412306"])
def test_corsican_letters_may_be_small_or_wide(typed: str) -> None:
    assert read_nir(typed).value == "188052A004123"


@pytest.mark.parametrize(
    ("typed", "problem", "count"),
    [
        ("", NirProblem.MISSING, 0),
        (" .- \u00a0", NirProblem.MISSING, 0),
        ("25307495881l7", NirProblem.CHARACTERS, 13),
        ("253074958815/7", NirProblem.CHARACTERS, 14),
        ("2530749588157é", NirProblem.CHARACTERS, 14),
        ("²530749588157", NirProblem.CHARACTERS, 13),  # the key left of 1 on a French keyboard
        ("٢٥٣٠٧٤٩٥٨٨١٥٧", NirProblem.CHARACTERS, 13),
        ("2530749588157\u200b", NirProblem.CHARACTERS, 14),
        ("2530749588157\x00", NirProblem.CHARACTERS, 14),
        ("\u202e2530749588157", NirProblem.CHARACTERS, 14),
        ("2530749588157\ud800", NirProblem.CHARACTERS, 14),
        ("253074958815", NirProblem.LENGTH, 12),
        ("25307495881572", NirProblem.LENGTH, 14),
        ("2530749588157231", NirProblem.LENGTH, 16),
        ("1" * 65, NirProblem.LENGTH, 65),
        ("é" * 100_000, NirProblem.LENGTH, 100_000),
        ("253074958815724", NirProblem.KEY, 15),
        ("253074958815700", NirProblem.KEY, 15),
        ("184037505603300", NirProblem.KEY, 15),
        ("184037505603498", NirProblem.KEY, 15),
        ("053074958815723", NirProblem.KEY, 15),
        ("2530A49588157", NirProblem.SHAPE, 13),
        ("188053A004123", NirProblem.SHAPE, 13),
        ("A880520004123", NirProblem.SHAPE, 13),
        ("25307495881572A", NirProblem.SHAPE, 15),
    ],
)
def test_unreadable_numbers_say_why(typed: str, problem: NirProblem, count: int) -> None:
    with pytest.raises(NirError) as caught:
        read_nir(typed)
    assert (caught.value.problem, caught.value.count) == (problem, count)


@pytest.mark.parametrize("sex", "123478")
def test_sexes_in_use_are_taken(sex: str) -> None:
    assert problem_of(f"{sex}530749588157") is None


@pytest.mark.parametrize("sex", "0569")
def test_other_sexes_are_not(sex: str) -> None:
    assert problem_of(f"{sex}530749588157") is NirProblem.SHAPE


def test_months_and_pseudo_months() -> None:
    taken = {month for month in range(100) if problem_of(f"253{month:02d}49588157") is None}
    assert taken == {*range(1, 13), *range(20, 43), *range(50, 100)}


@pytest.mark.parametrize(
    ("place", "taken"),
    [
        ("01001", True), ("20004", True), ("2A004", True), ("2B366", True), ("91343", True), ("95001", True),
        ("96001", True), ("97411", True), ("97611", True), ("98735", True), ("99100", True), ("99352", True),
        ("00588", False), ("49000", False), ("99000", False), ("2A000", False),
    ],
)  # fmt: skip
def test_places(place: str, taken: bool) -> None:
    assert (problem_of(f"25307{place}157") is None) is taken


def test_order_number_zero_is_never_given() -> None:
    assert problem_of("2530749588000") is NirProblem.SHAPE


def test_a_number_never_shows_itself() -> None:
    nir = read_nir("2530749588157")
    with pytest.raises(NirError) as caught:
        read_nir("2530749588157 99")
    for shown in (repr(nir), str(nir), f"{nir}", f"{[nir]}", str(caught.value), repr(caught.value)):
        assert "530749" not in shown
    assert repr(nir) == "Nir(•••)"


def test_a_nir_cannot_be_made_of_anything_else() -> None:
    with pytest.raises(NirError):
        Nir("2530749588157 ")
    with pytest.raises(NirError):
        Nir("188052a004123")


possible = st.builds(
    "{}{:02d}{:02d}{}{:03d}{:03d}".format,
    st.sampled_from("123478"),
    st.integers(0, 99),
    st.integers(1, 12),
    st.one_of(st.sampled_from(["2A", "2B"]), st.integers(1, 99).map("{:02d}".format)),
    st.integers(1, 999),
    st.integers(1, 999),
)


@given(possible)
def test_the_key_is_that_of_an_independent_library(value: str) -> None:
    nir = read_nir(value)
    assert key_of(nir) == stdnum_nir.calc_check_digits(value)
    assert nir.for_key % 97 + int(key_of(nir)) == 97


@given(possible, st.integers(0, 12), st.integers(1, 9))
def test_the_key_catches_every_wrong_digit(value: str, place: int, shift: int) -> None:
    if not value[place].isdigit():
        return
    wrong = value[:place] + str((int(value[place]) + shift) % 10) + value[place + 1 :]
    assert problem_of(wrong + key_of(read_nir(value))) in (NirProblem.KEY, NirProblem.SHAPE)


@given(st.text(max_size=70))
def test_any_text_is_read_or_refused(typed: str) -> None:
    assert problem_of(typed) in (None, *NirProblem)


def problem_of(typed: str) -> NirProblem | None:
    try:
        read_nir(typed)
    except NirError as error:
        return error.problem
    return None
