"""A walk over links without HTTP: a house, two browsers, three members and a stranger who look alike.

The decisions and the store are the real ones; the way to the upstream provider and back is ``Returned``, a value. What
must hold between any two moves is in ``Walk.judge``.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.requests import Request

from idp.accounts.account import Account
from idp.accounts.obligations import owes_change
from idp.accounts.terms import Acceptance
from idp.accounts.upstream import UpstreamIdentity
from idp.federation.franceconnect import Returned
from idp.federation.linking import NotLinked, link, link_proven, unlink
from idp.federation.person import Person
from idp.federation.proving import prove
from idp.federation.signing_in import NotSignedIn, open_proven, sign_in
from idp.federation.transactions import LIFE, Purpose, Transaction
from idp.kernel.clock import DAY
from idp.kernel.ids import digest, new_id
from idp.members.nir import Nir
from idp.oidc.ports import Grant
from idp.signin.gate import look
from idp.signin.needs import SPACE, fresh
from idp.signin.opening import OWN_PASSWORD, Evidence, end_session, open_session, renew_after_change
from idp.signin.policy import Cleared, Demand, Facts, clear, standing
from idp.storage.tables import accounts, metadata
from idp.storage.unit import Unit
from tests.support.house import BACK, CARD, PAYMENT, Running

ISSUER = "https://fc.example/api/v2"
MEMBERS = (CARD, BACK, PAYMENT)
FIRST_NAMES = ("Camille", "Clara", "Claire")
"""The members are triplets: the same name, day and place, and another first name each."""
NEWCOMER = 2
"""The member who has no account yet, and may prove who they are by their identity."""
STRANGER = 3
"""A citizen who is nobody's member, and bears the triplets' name."""
CITIZENS = (*FIRST_NAMES, "Chloé")
FORGOTTEN = (
    "upstream_sessions", "upstream_links", "upstream_transactions", "grants", "outbox", "sessions", "passwords"
)  # fmt: skip


@dataclass
class Seat:
    """One browser: its cookie, who is in front of it by what they proved, and a way upstream that it has not ended."""

    name: str
    cookie: str | None = None
    who: int | None = None
    waiting: Transaction | None = None
    proven: UpstreamIdentity | None = None
    """The identity that an enrollment goes on with."""


@dataclass(frozen=True)
class Waiting:
    """The walk of an enrollment that stands before its question (``federation.needs.Proving``)."""

    enrollment: str
    member: str

    def waiting(self, unit: object, request: Request) -> tuple[str, str | None]:
        return self.enrollment, self.member

    def accept(self, unit: object, request: Request, enrollment_id: str, identity: UpstreamIdentity) -> str:
        return "the enrollment's new cookie"

    def onward(self, *, refused: bool) -> str:
        return "/"


@dataclass(frozen=True)
class Given:
    """A grant that a portal keeps for months: whose it is, and the link that opened its session, if one did."""

    id: str
    member: int
    link: str | None


@dataclass
class Walk:
    """The house, two browsers, the citizens, and what a bystander knows."""

    running: Running
    client: str
    accounts: list[str]
    seats: list[Seat]
    subs: list[str] = field(default_factory=lambda: [f"sub-{citizen}-0" for citizen in range(len(CITIZENS))])
    given: list[Given] = field(default_factory=list)
    changes: int = 0

    # --- what may happen ----------------------------------------------------------------------------------------------

    def locally(self, seat: Seat, member: int) -> None:
        """Type the own password."""
        with self.running.house.begin() as unit:
            account = self._account(unit, member)
            if not account.stands or not account.has_password:
                return
            before = self._facts(unit, seat).session
            seat.cookie = open_session(unit, before, account, seat.name, OWN_PASSWORD, self.now).cookie
        seat.who = member

    def federated(self, seat: Seat, citizen: int) -> None:
        """Come back from upstream to sign in, as whoever is signed in there."""
        with self.running.house.begin() as unit:
            before = self._facts(unit, seat).session
            try:
                seat.cookie = sign_in(unit, before, seat.name, self.returned(citizen), "fc", "source", self.now)
            except NotSignedIn:
                return
        seat.who = citizen
        assert citizen != STRANGER, "nobody's identity opens nothing"

    def set_out(self, seat: Seat, purpose: Purpose) -> None:
        """Press the button of the page of the link; a password typed a moment ago is needed."""
        with self.running.house.begin() as unit:
            facts = look(unit, seat.cookie, fresh(self.now), self.now)
            cleared = clear(facts)
            if not isinstance(cleared, Cleared) or facts.session is None:
                return
            seat.waiting = Transaction(
                digest(new_id()), seat.name, purpose, ISSUER, "", self.now, self.now + LIFE,
                facts.session.id, cleared.account, cleared.epoch,
            )  # fmt: skip
            unit.upstream.begin(seat.waiting)

    def come_back(self, seat: Seat, citizen: int | None) -> None:
        """Come back to link, maybe as somebody else, maybe long after; None: upstream is down by then."""
        if seat.waiting is None:
            return
        state, seat.waiting = seat.waiting.state, None
        with self.running.house.begin() as unit:
            transaction = unit.upstream.consume(state, seat.name, self.now)
        if transaction is None or citizen is None:
            return
        try:
            with self.running.house.begin() as unit:
                facts = self._facts(unit, seat)
                cleared = clear(facts)
                if isinstance(cleared, Cleared) and facts.session is not None and not facts.session.is_federated:
                    link(unit, transaction, cleared, facts.session.id, self.returned(citizen), self.now)
        except NotLinked:
            return

    def unlinked(self, seat: Seat) -> None:
        """Press the button that ends the link."""
        with self.running.house.begin() as unit:
            facts = look(unit, seat.cookie, fresh(self.now), self.now)
            if isinstance(clear(facts), Cleared) and facts.account is not None:
                unlink(unit, facts.account.id, ISSUER, self.now)
                assert unit.upstream.link_for(facts.account.id, ISSUER) is None

    def proves(self, seat: Seat, citizen: int) -> None:
        """Prove upstream who enrolls: the newcomer's number was typed, whoever comes back."""
        with self.running.house.begin() as unit:
            newcomer = self._account(unit, NEWCOMER)
            if newcomer.opened_at is not None:
                return
            walk, back = Waiting(new_id(), newcomer.member_id), self.returned(citizen)
            begun = Transaction(
                digest(new_id()), seat.name, Purpose.PROOF, ISSUER, "", self.now, self.now + LIFE,
                enrollment_id=walk.enrollment,
            )  # fmt: skip
            if prove(unit, walk, Request({"type": "http"}), begun, back) is not None:
                assert citizen == NEWCOMER, "somebody else proved a member"
                seat.proven = back.identity

    def goes_on(self, seat: Seat) -> None:
        """Accept the terms: the enrollment ends, and the identity signs in to set a password."""
        proven, seat.proven = seat.proven, None
        if proven is None:
            return
        with self.running.house.begin() as unit:
            account = unit.accounts.lock(self.accounts[NEWCOMER])
            assert account is not None
            if account.opened_at is not None or not account.stands:
                return
            before, evidence = self._facts(unit, seat).session, Evidence(("fc",), proven.acr)
            seat.cookie = open_proven(unit, before, account, seat.name, evidence, proven, self.now)
        seat.who = NEWCOMER

    def chooses(self, seat: Seat) -> None:
        """Set the own password where it is owed; what proved the member signs in from then on."""
        with self.running.house.begin() as unit:
            facts = self._facts(unit, seat)
            session, account = facts.session, facts.account
            if not facts.member_is_here or session is None or account is None:
                return
            if not owes_change(account, session.amr):
                return
            if unit.accounts.complete_change(account.id, account.epoch, "a hash", None, self.now):
                seat.cookie = renew_after_change(unit, session, account.epoch + 1, self.now)
                if account.opened_at is None:
                    link_proven(unit, session.id, account, self.now)

    def visits(self, seat: Seat) -> None:
        """Come from a portal that keeps what it gets for months."""
        with self.running.house.begin() as unit:
            facts = look(unit, seat.cookie, Demand(self.client), self.now)
            cleared, session = clear(facts), facts.session
            if not isinstance(cleared, Cleared) or session is None or seat.who is None:
                return
            assert facts.account is not None
            assert facts.account.has_password, "a token before the password"
            grant = Grant(
                id=new_id(), client_id=self.client, account_id=cleared.account, epoch=cleared.epoch,
                session_id=session.id, sub="a-sub", sid="a-sid", scope="openid offline_access", offline=True,
                auth_time=cleared.auth_time, amr=cleared.amr, acr=cleared.acr, created_at=self.now,
                expires_at=self.now + 180 * DAY,
            )  # fmt: skip
            unit.grants.open(grant)
            kept = unit.upstream.link_for(cleared.account, ISSUER) if session.is_federated else None
            self.given.append(Given(grant.id, seat.who, kept.id if kept else None))

    def reset(self, member: int) -> None:
        """Complete a change of password elsewhere: whatever was signed in is over."""
        with self.running.house.begin() as unit:
            account = self._account(unit, member)
            unit.accounts.complete_change(account.id, account.epoch, "a hash", None, self.now)

    def frozen(self, member: int, *, on: bool) -> None:
        """Shut the account, or open it again."""
        with self.running.house.begin() as unit:
            if on:
                unit.freezing.freeze(self.accounts[member], self.now)
            else:
                unit.freezing.thaw(self.accounts[member])

    def corrected(self, citizen: int) -> None:
        """Correct the civil status upstream: the sub changes, the person does not."""
        self.changes += 1
        self.subs[citizen] = f"sub-{citizen}-{self.changes}"

    def out(self, seat: Seat) -> None:
        """Sign out."""
        with self.running.house.begin() as unit:
            session = self._facts(unit, seat).session
            if session is not None and session.ended_at is None:
                end_session(unit, session.id, self.now)
        seat.cookie, seat.who = None, None

    # --- what must hold -----------------------------------------------------------------------------------------------

    def judge(self) -> None:
        """Look at everything that is honoured."""
        with self.running.house.begin(write=False) as unit:
            links = [unit.upstream.link_for(account, ISSUER) for account in self.accounts]
            for member, kept in enumerate(links):
                assert kept is None or kept.sub.startswith(f"sub-{member}-"), "somebody else's identity is linked"
            for seat in self.seats:
                facts = self._facts(unit, seat)
                if not isinstance(clear(facts), Cleared) or facts.account is None or facts.session is None:
                    continue
                assert seat.who is not None
                assert facts.account.id == self.accounts[seat.who], "a session for the wrong member"
                assert facts.account.frozen_at is None
                assert facts.account.has_password, "a page of the space before the password"
                if facts.session.is_federated:
                    kept, opened_by = links[seat.who], unit.upstream.identity_of(facts.session.id)
                    assert kept is not None, "an identity that was unlinked holds nothing open"
                    assert opened_by is not None
                    assert opened_by.sub == kept.sub, "an identity that was replaced holds nothing open"
                    again = look(unit, seat.cookie, fresh(self.now), self.now)
                    assert not isinstance(clear(again), Cleared), "a federated session is never fresh"
            for given in self.given:
                self._judge_grant(unit, given, links[given.member].id if links[given.member] else None)  # type: ignore[union-attr]

    def _judge_grant(self, unit: Unit, given: Given, kept: str | None) -> None:
        living = unit.grants.living(given.id, self.now)
        account = self._account(unit, given.member)
        if living is None or standing(account, living.epoch, living.id) is None:
            return
        assert living.account_id == account.id
        assert given.link in (None, kept), "what an identity gave a portal ends with its link"

    # --- looking ------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return self.running.clock.now()

    def returned(self, citizen: int) -> Returned:
        """Return what upstream says of a citizen."""
        person = Person("VASSEUR", (CITIZENS[citizen],), CARD.birthdate.isoformat(), "female", CARD.birthplace, "99100")
        return Returned(UpstreamIdentity(ISSUER, self.subs[citizen], "eidas1"), person, "an.id.token")

    def is_in(self, seat: Seat) -> bool:
        """Tell whether the private space opens in this browser."""
        with self.running.house.begin(write=False) as unit:
            return isinstance(clear(self._facts(unit, seat)), Cleared)

    def _facts(self, unit: Unit, seat: Seat) -> Facts:
        return look(unit, seat.cookie, SPACE, self.now)

    def _account(self, unit: Unit, member: int) -> Account:
        account = unit.accounts.get(self.accounts[member])
        assert account is not None
        return account


def prepare(running: Running) -> None:
    """Make the members triplets."""
    with running.house.database.begin() as connection:
        for person, first in zip(MEMBERS, FIRST_NAMES, strict=True):
            connection.exec_driver_sql(
                "UPDATE members SET birth_name = 'Vasseur', given_names = ?, birthdate = ?, birthplace = ? "
                "WHERE birth_name = ? AND given_names = ?",
                (first, CARD.birthdate.isoformat(), CARD.birthplace, person.birth_name, person.given_names),
            )


def begin(running: Running, client: str) -> Walk:
    """Start a walk: two open accounts and a newcomer, nothing linked, nobody signed in."""
    now, found = running.clock.now(), []
    with running.house.database.begin() as connection:
        for name in FORGOTTEN:
            connection.execute(metadata.tables[name].delete())
        connection.execute(accounts.update().values(opened_at=None, frozen_at=None))
    with running.house.begin() as unit:
        terms = unit.accounts.current_terms()
        for place, person in enumerate(MEMBERS):
            member = unit.members.find_by_nir(Nir(person.nir))
            assert member is not None
            account = unit.accounts.ensure(member.id, now)
            unit.accounts.accept_terms(account.id, Acceptance(terms.revision, terms.language, terms.digest, now))
            if place != NEWCOMER:
                assert unit.accounts.complete_change(account.id, account.epoch, "a hash", None, now)
            found.append(account.id)
    return Walk(running, client, found, [Seat("one"), Seat("other")])
