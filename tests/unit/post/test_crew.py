"""One worker per lane: no lane waits for another, and all end together."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from idp.app import make_post
from idp.kernel.clock import Instant
from idp.kernel.effects import Kind, Lane, LetterAsked
from idp.members.nir import read_nir
from idp.post.crew import Crew
from idp.post.outbox import Job, Outcome
from idp.post.worker import Worker
from tests.support.clock import FakeClock
from tests.support.house import CARD, Running
from tests.unit.post.fakes import JOB, NOW, MemoryOutbox

MAIL, LETTER = JOB, replace(JOB, id="letter", kind=Kind.PROVISIONAL_LETTER)


class Does:
    """A deliverer that runs a function for each job."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work

    def deliver(self, job: Job, now: Instant) -> Outcome:
        self._work()
        return Outcome.SENT


def crew(mail: Callable[[], object], letter: Callable[[], object], *due: Job) -> Crew:
    """Two lanes over one outbox, mail first."""
    outbox, clock = MemoryOutbox(list(due)), FakeClock(NOW)
    works = {Kind.PROVISIONAL_MAIL: mail, Kind.PROVISIONAL_LETTER: letter}
    return Crew(
        tuple(Worker(outbox, {kind: Does(work)}, clock, threading.Event(), kind) for kind, work in works.items())
    )


def test_a_lane_does_not_wait_for_the_one_before_it() -> None:
    posted, waited = threading.Event(), list[bool]()
    mailed = threading.Event()

    def mail() -> None:
        waited.append(posted.wait(5))
        mailed.set()

    both = crew(mail, posted.set, MAIL, LETTER)
    both.start()
    assert mailed.wait(10)
    both.stop()
    assert waited == [True], "the letter left while the mail was still in hand"


@pytest.mark.parametrize("busy", [MAIL, LETTER], ids=["first", "last"])
def test_stopping_ends_every_thread_and_tells_all_before_it_waits_for_one(busy: Job) -> None:
    others = set(threading.enumerate())
    running, begun, ended = threading.Event(), threading.Event(), list[bool]()

    def work() -> None:
        assert running.wait(5)
        begun.set()
        for thread in set(threading.enumerate()) - others - {threading.current_thread()}:
            thread.join(5)
            ended.append(not thread.is_alive())

    both = crew(work, work, busy)
    both.start()
    running.set()
    assert begun.wait(5)
    both.stop()
    assert ended == [True], "the idle lane ended while the other had its job still in hand"
    assert set(threading.enumerate()) <= others


def test_one_pass_works_every_lane_and_counts_its_jobs() -> None:
    done: list[str] = []
    both = crew(lambda: done.append("mail"), lambda: done.append("letter"), LETTER, MAIL)
    assert both.lanes == (Lane.MAIL, Lane.LETTER)
    assert both.run_once() == 2
    assert done == ["mail", "letter"]
    assert both.run_once() == 0


def test_a_request_and_the_letter_it_owes_are_worked_in_one_pass(light: Running) -> None:
    assert light.post.lanes == (Lane.REQUEST, Lane.MAIL, Lane.LETTER, Lane.LOGOUT)
    with light.house.begin() as unit:
        member = unit.members.find_by_nir(read_nir(CARD.nir))
        assert member is not None
        unit.outbox.put(LetterAsked(member.id, "wrong"), light.clock.now())
    assert light.post.run_once() == 2
    assert [path.suffix for path in sorted((light.folder / "var" / "letters").glob("*.[pj]*"))] == [".json", ".pdf"]
    assert light.post.run_once() == 0


def test_a_node_without_a_folder_for_letters_leaves_their_lane_to_others(light: Running) -> None:
    no_letters = replace(light.house, settings=light.house.settings.model_copy(update={"letters_dir": None}))
    assert make_post(no_letters).lanes == (Lane.REQUEST, Lane.MAIL, Lane.LOGOUT)
