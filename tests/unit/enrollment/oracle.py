"""What the fund's record says: who is asked what, which answers are right, and what they must become."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from typing import NamedTuple

from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.enrollment import recovery
from idp.enrollment.answering import Answered
from idp.enrollment.facts import Answer, Facts, Purpose
from idp.enrollment.flow import current
from idp.enrollment.steps import WALK
from idp.kernel.clock import DAY, Instant, paris_date
from idp.members.nir import Nir
from idp.members.question import Question, window
from idp.web.reading import Form
from tests.unit.enrollment.ground import START, Ground

SERIAL, AMOUNT = r"\d{8,12}", r"[\d ]+,\d\d"
UNREADABLE = "douze"
WRONG = {True: "99999999999", False: "1,23"}
"""A serial that nobody's card bears; an amount that nobody received or paid."""


class Expected(NamedTuple):
    """What an answer to the question must become, None when it is asked again; and whether it costs the try."""

    answer: Answer | None
    costs: bool = False


def question_of(person: Person, today: date, *, down: bool = False) -> Question | None:
    """Return the question that this person is asked, None when none is possible; ``down``: nobody can tell."""
    if person.situation == "exploitant":
        question = Question.INVOICE
    elif person.has_card:
        question = Question.VITALE_FRONT if person.photo else Question.VITALE_BACK
    else:
        question = Question.PAYMENT
    return question if down or record_of(person, question, today) else None


def record_of(person: Person, question: Question, today: date) -> set[str]:
    """Return every right answer, as people type it."""
    if question.about_card:
        return {person.serial} - {""}
    first, last = window(question, today)
    all_money = person.invoices if question is Question.INVOICE else person.payments
    filed = paris_date(START)
    return {money.french for money in all_money if any(first <= day <= last for day in money.dates(filed))}


def _is_stopped(facts: Facts) -> bool:
    """The number typed leads to the view of those who have an account or a letter on its way."""
    return facts.enrollment.holder is not None and current(WALK.steps, facts).slug == "identifiant"


class Oracle:
    """Knows what everybody must be told in one walk. ``gone``: members who left the fund meanwhile."""

    def __init__(self, ground: Ground, gone: set[str], *, tries: int, uniform: bool) -> None:
        self._ground, self.gone, self._tries, self._uniform = ground, gone, tries, uniform
        self.wrong: defaultdict[str, list[Instant]] = defaultdict(list)
        """Whose number → their wrong answers."""

    def expected(self, facts: Facts, form: Form, *, down: bool) -> Expected:
        """Say what the fund's record and the tries of before make of an answer."""
        enrollment, question, typed = facts.enrollment, facts.question, form.get("answer")
        if form.get("action") == "by_post" or question is None:
            return Expected(Answer.NO_QUESTION)
        if not re.fullmatch(SERIAL if question.about_card else AMOUNT, typed):
            return Expected(None)
        week = self._ground.clock.now() - 7 * DAY
        left = self._tries - sum(at > week for at in self.wrong[enrollment.holder or ""])
        if left == 0:
            return Expected(Answer.WRONG)
        if down:
            return Expected(None)
        wrong = Expected(Answer.WRONG if left == 1 else None, costs=True)
        record, gone = self.record(facts), enrollment.member_id in self.gone
        if facts.uniform:
            enrolled = facts.account_is_taken and enrollment.purpose is Purpose.ENROLLMENT
            return Expected(Answer.RIGHT) if typed in record and not gone and not enrolled else wrong
        if gone:
            return Expected(Answer.NO_WAY)
        if not record:
            return Expected(Answer.NO_QUESTION)
        return Expected(Answer.RIGHT) if typed in record else wrong

    def record(self, facts: Facts) -> set[str]:
        """Return the right answers to the question that is asked; nobody has one."""
        person = self._ground.people.get(facts.enrollment.member_id or "")
        question = facts.enrollment.question
        return record_of(person, question, paris_date(self._ground.clock.now())) if person and question else set()

    def check_number(self, answered: Answered, nir: str, *, down: bool) -> None:
        """A number is known or not as the disclosure has it, and gets the question that its record can judge."""
        person = next((one for one in PEOPLE if one.nir == nir and self._ground.ids[one] not in self.gone), None)
        enrollment = answered.facts.enrollment
        if len(nir) < 13 or (person is None and not self._uniform):
            assert not answered.advanced
            return
        assert answered.advanced
        assert enrollment.member_id == (self._ground.ids[person] if person else None)
        today = paris_date(self._ground.clock.now())
        if person is None:
            drawn = self._ground.uniform.question(self._ground.uniform.shadow(Nir(nir)))
            wanted = drawn or (Question.PAYMENT if down else None)
        else:
            wanted = question_of(person, today, down=down)
        assert enrollment.question == wanted, "whose number it is decides"
        if self._uniform:
            assert enrollment.shadow == self._ground.uniform.shadow(Nir(nir))
            road = WALK if enrollment.purpose is Purpose.ENROLLMENT else recovery.WALK
            assert current(road.steps, answered.facts).slug not in ("identifiant", "numero"), "every number goes on"

    def right(self, facts: Facts | None, slug: str, person: Person) -> dict[str, str]:
        """Return what this person types who has everything at hand."""
        match slug:
            case "profil":
                return {"profile": "particulier"}
            case "identifiant" if facts is not None and _is_stopped(facts):
                return {"nir": person.nir, "action": "not_received"}
            case "identifiant" | "numero":
                return {"nir": person.nir}
            case "coordonnees":
                return {"email": "camille@courriel.example", "phone": "06 39 98 12 34"}
            case "verification":
                return {"answer": self.proof(facts)}
            case "conditions":
                return {"accept": "yes", "revision": "1"}
            case "envoi":
                return {"action": "resend"}
        return {}

    def proof(self, facts: Facts | None) -> str:
        """Return a right answer to the question that is asked, a wrong one when there is none."""
        if facts is None or facts.enrollment.question is None:
            return WRONG[True]
        return min(self.record(facts), default=WRONG[facts.enrollment.question.about_card])

    def old(self, facts: Facts | None) -> str:
        """Return an amount that was right before it grew too old, or a wrong answer."""
        person = self._ground.people.get((facts and facts.enrollment.member_id) or "")
        if facts is None or person is None:
            return self.proof(facts)
        known = self.record(facts)
        return next((m.french for m in (*person.payments, *person.invoices) if m.french not in known), WRONG[True])
