"""The rotation as arithmetic, with real signatures: whatever the clocks say, a portal verifies what any node signs.

Hypothesis draws when keys are entered, by whose clock; how far the clocks of signer, publisher and portal are apart;
how old the ring is that each node knows; when the portal fetched the JWK set; which files the signer lacks; and how
long the portal lets a token lie. No dates in common, no order, no good manners of the operator.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.kernel.clock import DAY, HOUR, SECOND, Instant, seconds
from idp.kernel.keyring import (
    JWKS_CACHE,
    NOTICE,
    PUBLISHED_AHEAD,
    SIGNED_LIFE,
    SKEW,
    STAND_IN,
    Phase,
    RingEntry,
    terms,
)
from idp.oidc.keys import NoSigningKey, SigningKeys
from tests.unit.oidc.keyed import PURPOSE, key_file, kid_of, published, row

START = 1_800_000_000 * SECOND
"""True time. Clocks are ahead of it by 0 to ``SKEW``: any two are at most ``SKEW`` apart."""
ROWS = 4

offsets = st.one_of(st.sampled_from([0, SKEW]), st.integers(0, SKEW))
ages = st.one_of(st.sampled_from([0, NOTICE]), st.integers(0, NOTICE))


@dataclass(frozen=True)
class Entered:
    """A key, entered at a true time by a machine with a clock of its own."""

    version: int
    at: Instant
    offset: Instant

    @property
    def entry(self) -> RingEntry:
        return row(self.version, self.at + self.offset)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Entered, ...]:
    """Draw the keys as they were entered; the first one is old."""
    at, found = START, [Entered(1, START - DAY, 0)]
    for version in range(2, draw(st.integers(2, ROWS)) + 1):
        at += draw(st.one_of(st.sampled_from([0, SECOND]), st.integers(0, HOUR)))
        found.append(Entered(version, at, draw(offsets)))
    return tuple(found)


@cache
def node(ring: tuple[RingEntry, ...], lacks: frozenset[int] = frozenset()) -> SigningKeys:
    """Return the keys of a node that knows these rows."""
    return SigningKeys([key_file(entry.version) for entry in ring if entry.version not in lacks], ring)


def ring_at(history: tuple[Entered, ...], read_at: Instant) -> tuple[RingEntry, ...]:
    """Return the rows that a node reads at a true time."""
    return tuple(entered.entry for entered in history if entered.at <= read_at)


@dataclass(frozen=True)
class Course:
    """A token's way: signed on one node at a true time, verified with the JWK set of another, fetched before."""

    signed_at: Instant
    signer_ahead: Instant
    publisher_ahead: Instant
    portal_ahead: Instant
    signer_knows: Instant
    publisher_knows: Instant
    cached: Instant
    left: Instant
    """How long before ``exp``, by its own clock, the portal judges it; below zero: the leeway it grants."""
    lacks: frozenset[int] = frozenset()

    def holds(self, history: tuple[Entered, ...]) -> str | None:
        """Assert that the token verifies; return the name of its key, None when the signer had none."""
        exp = seconds(self.signed_at + self.signer_ahead + SIGNED_LIFE)
        signer = node(ring_at(history, self.signed_at - self.signer_knows), self.lacks)
        try:
            token = signer.sign({"exp": exp}, "ES256", self.signed_at + self.signer_ahead)
        except NoSigningKey:
            assert self.lacks
            return None
        verified_at = max(self.signed_at, exp * SECOND - self.portal_ahead - 1 - self.left)
        fetched_at = verified_at - self.cached
        publisher = node(ring_at(history, fetched_at - self.publisher_knows))
        keys = key_set(publisher.jwks_bytes(fetched_at + self.publisher_ahead))
        assert jwt.decode(token, keys, ["ES256"]).claims == {"exp": exp}, self
        return kid_of(token)


@cache
def key_set(body: bytes) -> KeySet:
    return KeySet.import_key_set(json.loads(body))


EDGES = (PUBLISHED_AHEAD, PUBLISHED_AHEAD + STAND_IN)
AROUND = (-SKEW - 1, -SKEW, -1, 0, SKEW - 1, SKEW)
"""Around each edge the instants at which a clock that is ahead, right or behind sees it, or just not."""


@pytest.mark.parametrize("lacks", [frozenset[int](), frozenset({2})], ids=["with the new file", "without"])
@pytest.mark.parametrize("offset", [0, SKEW])
def test_every_corner_holds(lacks: frozenset[int], offset: Instant) -> None:
    """Random draws seldom meet all the extremes at once; here each of them meets every other."""
    history = (Entered(1, START - DAY, 0), Entered(2, START, offset))
    signed = [
        Course(START + edge + around, *rest, lacks).holds(history)
        for edge, around in product(EDGES, AROUND)
        for rest in product(
            [0, SKEW], [0, SKEW], [0, SKEW], [0, NOTICE], [0, NOTICE], [0, JWKS_CACHE], [-SKEW, SIGNED_LIFE + SKEW]
        )
    ]
    assert set(signed) == {"key-1", None if lacks else "key-2"}


@st.composite
def instants(draw: st.DrawFn, history: tuple[Entered, ...]) -> Instant:
    """Draw a true instant, most often one around which some clock sees a key begin, or stop standing in."""
    edge = draw(st.sampled_from(history)).at + draw(st.sampled_from(EDGES))
    return draw(
        st.one_of(
            st.sampled_from([edge + around for around in AROUND]),
            st.integers(edge - 2 * SKEW, edge + 2 * SKEW),
            st.integers(START, START + 4 * HOUR),
        )
    )


@given(data=st.data(), history=histories())
@settings(max_examples=400)
def test_what_a_node_signs_verifies_with_whatever_a_portal_may_have_cached(
    data: st.DataObject, history: tuple[Entered, ...]
) -> None:
    course = data.draw(
        st.builds(
            Course,
            instants(history),
            offsets,
            offsets,
            offsets,
            ages,
            ages,
            cached=st.one_of(st.just(JWKS_CACHE), st.integers(0, JWKS_CACHE)),
            left=st.one_of(st.just(-SKEW), st.integers(-SKEW, SIGNED_LIFE)),
            lacks=st.one_of(st.just(frozenset[int]()), st.frozensets(st.integers(2, ROWS))),
        )
    )
    event(f"signed by {course.holds(history)} of {len(history)}")


@given(history=histories(), instant=st.integers(-DAY, 4 * HOUR))
@settings(max_examples=300)
def test_exactly_one_key_is_active_and_it_is_published_and_signs(
    history: tuple[Entered, ...], instant: Instant
) -> None:
    now = START + instant
    ring = tuple(entered.entry for entered in history)
    lives = terms(ring, PURPOSE)
    active = [term.entry.kid for term in lives if term.phase(now) is Phase.ACTIVE]
    assert len(active) == 1
    keys = node(ring)
    assert kid_of(keys.sign({}, "ES256", now)) == active[0]
    assert published(keys, now) == {term.entry.kid for term in lives if term.phase(now) is not Phase.GONE}


@given(history=histories(), moments=st.lists(st.integers(-HOUR, 6 * HOUR), min_size=2, max_size=6))
@settings(max_examples=300)
def test_a_key_never_goes_back_to_an_earlier_phase(history: tuple[Entered, ...], moments: list[Instant]) -> None:
    order = list(Phase)
    for term in terms([entered.entry for entered in history], PURPOSE):
        passed = [order.index(term.phase(START + moment)) for moment in sorted(moments)]
        assert passed == sorted(passed)
        changes = term.changes_at(START + min(moments))
        if changes is not None:
            assert term.phase(changes) is not term.phase(changes - 1)
