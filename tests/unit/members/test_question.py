"""Who is asked what, and how a member is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from idp.members.member import Gender, Member, Situation
from idp.members.proof import Settlement, Verdict
from idp.members.question import Question, question_for

MEMBER = Member(
    id="m",
    birth_name="DUPONT",
    given_names="Marie Claire",
    usage_name=None,
    gender=Gender.FEMALE,
    birthdate="1953-07-14",
    birthplace="49588",
    birthcountry="99100",
    situation=Situation.PARTICULIER,
    health_rights=True,
    has_card=True,
    card_photo=True,
    address=None,
    left=False,
)


@pytest.mark.parametrize(
    ("situation", "rights", "card", "photo", "question"),
    [
        (Situation.PARTICULIER, True, True, True, Question.VITALE_FRONT),
        (Situation.PARTICULIER, True, True, False, Question.VITALE_BACK),
        (Situation.PARTICULIER, True, True, None, Question.VITALE_BACK),
        (Situation.PARTICULIER, True, False, None, Question.PAYMENT),
        (Situation.PARTICULIER, False, True, True, Question.PAYMENT),
        (Situation.PARTICULIER, False, False, None, Question.PAYMENT),
        (Situation.EXPLOITANT, True, True, True, Question.INVOICE),
        (Situation.EXPLOITANT, False, False, None, Question.INVOICE),
    ],
)
def test_the_record_decides_the_question(
    situation: Situation, rights: bool, card: bool, photo: bool | None, question: Question
) -> None:
    member = replace(MEMBER, situation=situation, health_rights=rights, has_card=card, card_photo=photo)
    assert question_for(member) is question


@pytest.mark.parametrize(
    ("given", "usage", "shown"),
    [
        ("Marie Claire", None, "Marie DUPONT"),
        ("Marie, Claire", "MARTIN", "Marie MARTIN"),
        ("Jean-Pierre Paul", None, "Jean-Pierre DUPONT"),
    ],
)
def test_a_member_is_named_by_first_given_name_and_usage_or_birth_name(
    given: str, usage: str | None, shown: str
) -> None:
    assert replace(MEMBER, given_names=given, usage_name=usage).display_name == shown


@pytest.mark.parametrize(
    ("verdict", "settlement"),
    [
        (Verdict.RIGHT, Settlement.RIGHT),
        (Verdict.WRONG, Settlement.WRONG),
        (Verdict.NO_QUESTION, Settlement.VOID),
    ],
)
def test_only_a_judged_wrong_answer_costs_a_try(verdict: Verdict, settlement: Settlement) -> None:
    assert verdict.settlement is settlement
