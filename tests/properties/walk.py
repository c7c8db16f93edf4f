"""Random walks of members, browsers and portals over the running provider; the model of ``model`` walks along.

Whatever a browser does is watched: a code that reaches a portal by any road must be one that the model allows.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from idp.accounts import freeze
from idp.accounts.account import Account, Channel, Delivery
from idp.accounts.terms import Terms, text_digest
from idp.enrollment.issue import owe_mail
from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from idp.kernel.ids import new_id
from idp.members.member import Member
from idp.members.nir import Nir
from idp.signin.opening import freeze_account
from idp.storage.unit import Unit
from tests.properties.crowd import Crowd, Letterbox
from tests.properties.model import (
    MAILED,
    OWN,
    POSTED,
    Code,
    Family,
    FreezeCode,
    Holder,
    Session,
    Word,
    end_of_paper,
    family_life,
    session_life,
)
from tests.support.browser import Browser, Page
from tests.support.house import Running
from tests.support.portal import Attempt, Portal, Refused

SCREENS = {"login": "/connexion", "change": "/mot-de-passe", "terms": "/conditions"}
ERRORS = {"login": "login_required", "change": "interaction_required", "terms": "interaction_required"}
SCOPES = ("openid profile", "openid profile offline_access")
HOLDERS, BROWSERS = 2, 2
WAITS = (
    31 * SECOND, 31 * SECOND, 61 * SECOND, 61 * SECOND, 11 * MINUTE, 11 * MINUTE, 31 * MINUTE, 31 * MINUTE,
    61 * MINUTE, 13 * HOUR, 8 * DAY, 31 * DAY,
)  # fmt: skip
BEGINNINGS = [(far, aged) for far in (13, 11, 10, 9, 8, 7) for aged in (True, True, False)] + [
    (far, False) for far in (6, 5, 4, 3, 2, 0)
]
pick = st.integers(0, 11)


@dataclass(eq=False)
class Tab:
    """A request that waits at the provider, in the browser that brought it."""

    id: str
    attempt: Attempt
    portal: Portal
    seat: Seat


@dataclass(eq=False)
class Seat:
    """One browser and who the model says sits there."""

    browser: Browser
    session: Session | None = None
    form_token: str = ""
    spent: list[str] = field(default_factory=list)


@dataclass(eq=False)
class Ground:
    """What all walks of one test share."""

    running: Running
    crowd: Crowd
    letterbox: Letterbox
    portals: list[Portal]
    terms: int = 1


class Walk(RuleBasedStateMachine):
    """One walk."""

    ground: ClassVar[Ground]

    def __init__(self) -> None:
        super().__init__()
        self.running = self.ground.running
        self.running.clock.advance(21 * HOUR)  # the throttles of the walk before are over
        self.holders = [self.ground.crowd.someone() for _ in range(HOLDERS)]
        self.seats = [Seat(Browser(self.running.url)) for _ in range(BROWSERS)]
        self.tabs: list[Tab] = []
        self.asked: dict[str, tuple[Attempt, Portal]] = {}
        self.codes: list[Code] = []
        self.families: list[Family] = []
        for seat in self.seats:
            page = seat.browser.get("/connexion")
            seat.form_token = page.form("/connexion").fields["form_token"]
            seat.browser.trail.clear()

    def teardown(self) -> None:
        for seat in self.seats:
            seat.browser.close()

    # --- beginnings -----------------------------------------------------------------------------------------------

    @initialize(start=st.sampled_from(BEGINNINGS))
    def begin(self, start: tuple[int, bool]) -> None:
        """Most of the wood lies behind the first steps: many walks begin on the way, most of them a week later."""
        far, aged = start
        steps: tuple[Callable[[], object], ...] = (
            lambda: self.enroll(0, 0),
            self.deliver,
            lambda: self.sign_in(0, 0, "provisional", 0),
            lambda: self.change(0),
            lambda: self.come_back(0) if aged else None,
            lambda: self.authorize(0, 0, None, 1),
            lambda: self.redeem(0, good=True),
            lambda: self.forget(0, 1, right=True),
            self.deliver,
            lambda: self.use_a_freeze_code(1, 0),
            lambda: self.come_back_by_letter(1, "enroll", 0, later=True, through=True),
            lambda: self.forget(0, 1, right=True),
            self.deliver,
        )
        for step in steps[:far]:
            step()

    def come_back(self, who: int) -> None:
        """Sign in again when the mail address is trusted."""
        self.pass_time(8 * DAY)
        self.sign_in(0, who, "own", 0)

    @rule(where=pick, who=pick, to=pick, scope=pick)
    def go_the_whole_way(self, where: int, who: int, to: int, scope: int) -> None:
        """Do whatever stands between a member and a portal, one thing after the other."""
        self.enroll(who, where)
        self.deliver()
        self.sign_in(where, who, "best", 0)
        self.change(where)
        self.accept_terms(where)
        self.authorize(where, to, None, scope)
        self.redeem(0, good=True)

    @precondition(lambda self: any(s.session and s.session.kind == OWN and not s.session.ended for s in self.seats))
    @rule(to=pick, scope=pick, redeemed=st.booleans())
    def go_on_to_a_portal(self, to: int, scope: int, redeemed: bool) -> None:
        """Go to a portal where somebody is signed in."""
        here = [place for place, s in enumerate(self.seats) if s.session and s.session.kind == OWN]
        where = here[to % len(here)]
        self.accept_terms(where)
        self.authorize(where, to, None, scope)
        if redeemed:
            self.redeem(0, good=True)

    @precondition(lambda self: any(holder.own for holder in self.holders))
    @rule(where=pick, who=pick, right=st.sampled_from([True, True, False]), through=st.booleans())
    def reset(self, where: int, who: int, right: bool, through: bool) -> None:
        """A member forgot the password, signs in with what the post brings, and may change it."""
        seats = [place for place, seat in enumerate(self.seats) if seat.session and seat.session.kind == OWN]
        if seats and where % 3:  # in a browser where portals are at work already
            where = seats[0]
            who = self.holders.index(self.seats[where].session.holder)  # type: ignore[union-attr]
            self.go_on_to_a_portal(0, 0, redeemed=True)
        self.forget(who, where, right)
        self.deliver()
        self.sign_in(where, who, "provisional", 0)
        self.show_everything()
        if through:
            self.change(where)

    @precondition(lambda self: any(holder.frozen for holder in self.holders))
    @rule(
        where=pick,
        door=st.sampled_from(["enroll", "enroll", "forget"]),
        to=pick,
        later=st.booleans(),
        through=st.booleans(),
    )
    def come_back_by_letter(self, where: int, door: str, to: int, later: bool, through: bool) -> None:
        """The way back into a shut account: a letter, by the second door of the sign-up or as for a forgotten one."""
        if later:  # a letter leaves once a week
            self.pass_time(8 * DAY)
        who = next(place for place, holder in enumerate(self.holders) if holder.frozen)
        if door == "enroll":
            self.enroll(who, where)
        else:
            self.forget(who, where, right=True)
        self.deliver()
        self.sign_in(where, who, "posted", 0)
        self.show_everything()
        if through:
            self.change(where)
            self.accept_terms(where)
            self.authorize(where, to, None, 1)
            self.redeem(0, good=True)

    def show_everything(self) -> None:
        """Show all that anybody holds, when what it is worth has just changed."""
        for where in range(BROWSERS):
            self.authorize(where, 0, "none", 0)
        if self.families:
            self.ask_userinfo()
            self.refresh(0, 0)
        for which, code in enumerate(reversed(self.codes[-3:])):
            if code.family is None:
                self.redeem(which, good=True)

    @rule(where=pick, who=pick, to=pick, scope=pick)
    def come_in_by_a_tab(self, where: int, who: int, to: int, scope: int) -> None:
        """Sign in because a portal asked, and see how far that leads."""
        self.authorize(where, to, "login", scope)
        self.sign_in(where, who, "best", -1)
        self.change(where)
        self.resume(where, -1)

    @precondition(lambda self: self.families)
    @rule(back=pick)
    def refresh_the_newest(self, back: int) -> None:
        """Refresh in the newest family."""
        self.refresh(0, back)

    # --- members and the post -------------------------------------------------------------------------------------

    @rule(who=pick, where=pick)
    def enroll(self, who: int, where: int) -> None:
        """Walk through the enrollment, the answer right; when the account is shut, by the second door."""
        holder, seat = self.holder(who), self.seat(where)
        if holder.enrolled and not holder.frozen:
            return
        now = self.pass_time(SECOND)
        browser = seat.browser
        browser.get("/inscription")
        browser.submit({"profile": "particulier"})
        browser.submit({"nir": holder.nir})
        if holder.frozen:
            browser.submit({"action": "not_received"})
        browser.submit()
        page = browser.submit({"email": holder.mail, "phone": "06 39 98 12 34"})
        if holder.frozen:
            holder.owed.asked += 1  # no question opens a shut account
        else:
            browser.submit({"answer": holder.serial})
            browser.submit()
            page = browser.submit({"accept": "yes"})
            holder.enrolled, holder.accepted = True, self.ground.terms
            holder.owed.mail(holder.epoch, now, confirm=True)
        self.asked_for(seat, page, "/inscription/envoi")

    @rule(who=pick, where=pick, right=st.sampled_from([True, True, False]))
    def forget(self, who: int, where: int, right: bool) -> None:
        """Ask for another password, with the right answer or a wrong one."""
        holder, seat, now = self.holder(who), self.seat(where), self.pass_time(SECOND)
        seat.browser.get("/mot-de-passe/oublie")
        page = seat.browser.submit({"nir": holder.nir})
        if holder.own is None and not holder.frozen:
            self.asked_for(seat, page, "/mot-de-passe/oublie/numero")  # there is nothing to forget
            return
        if not holder.frozen:
            page = seat.browser.submit({"answer": holder.serial if right else "99999999999"})
        holder.ask(right, now)
        self.asked_for(seat, page, "/mot-de-passe/oublie/envoi")
        self.show_everything()

    def asked_for(self, seat: Seat, page: Page, end: str) -> None:
        """The walk through the questions ended where it must, and its browser forgets it."""
        assert (page.status, page.path) == (200, end), page.text
        seat.browser.client.cookies.delete("idp_enrollment")
        self.watch(seat)

    @rule(who=pick)
    def owe(self, who: int) -> None:
        """Owe another provisional password by mail, as *send again* does, whatever became of the account."""
        holder, now = self.holder(who), self.pass_time(SECOND)
        if not holder.enrolled:
            return
        with self.running.house.begin() as unit:
            member, account = self.known(unit, holder)
            delivery = Delivery(new_id(), account.id, account.epoch, Channel.EMAIL, holder.mail, None, now, None)
            owe_mail(unit, member, delivery, confirm=False)
        holder.owed.mail(holder.epoch, now, confirm=False)

    @rule()
    def deliver(self) -> None:
        """Let the post work: it brings what is owed, and nothing else."""
        now = self.pass_time(SECOND)
        self.running.post.run_once()
        self.ground.letterbox.open(self.holders)
        for holder in self.holders:
            bag = self.ground.letterbox.take(holder)
            brought = (len(bag.mailed), len(bag.posted), len(bag.codes))
            assert brought == holder.owed.brings(holder.epoch, now, holder.frozen_at)
            holder.words += [Word(text, MAILED, holder.epoch, now + 7 * DAY) for text in bag.mailed]
            holder.words += [Word(text, POSTED, holder.epoch, end_of_paper(now, 20)) for text in bag.posted]
            holder.freeze_codes += [FreezeCode(text, end_of_paper(now, 90)) for text in bag.codes]

    @precondition(lambda self: any(holder.freeze_codes for holder in self.holders))
    @rule(where=pick, which=pick)
    def use_a_freeze_code(self, where: int, which: int) -> None:
        """Type the code of a confirmation letter, new or old, in any browser."""
        owners = [(holder, code) for holder in self.holders for code in holder.freeze_codes]
        holder, code = owners[which % len(owners)]
        seat, now = self.seat(where), self.pass_time(SECOND)
        page = seat.browser.post("/securite/gel", {"form_token": seat.form_token, "code": code.text})
        if page.status == 429:
            return
        before = holder.epoch
        assert (page.path == "/securite/gel/fait") == holder.use(code, now), page.text
        if holder.epoch != before:
            self.put_out(holder)
        self.watch(seat)
        self.show_everything()

    @rule(where=pick)
    def guess_a_freeze_code(self, where: int) -> None:
        """Type a code that nobody received."""
        seat = self.seat(where)
        self.pass_time(SECOND)
        page = seat.browser.post("/securite/gel", {"form_token": seat.form_token, "code": freeze.generate()})
        assert page.status in (422, 429)
        self.watch(seat)

    @rule(who=pick, on=st.booleans())
    def ask_an_agent(self, who: int, on: bool) -> None:
        """An agent shuts an account, or opens it again."""
        holder, now = self.holder(who), self.pass_time(SECOND)
        if not holder.enrolled or holder.frozen == on:
            return
        with self.running.house.begin() as unit:
            _, account = self.known(unit, holder)
            assert freeze_account(unit, account.id, now) if on else unit.freezing.thaw(account.id)
        holder.freeze(on, now)
        if on:
            self.put_out(holder)
        self.show_everything()

    @rule()
    def publish_terms(self) -> None:
        """Publish a new revision."""
        now = self.pass_time(SECOND)
        self.ground.terms += 1
        body = f"# Conditions\n\nRévision {self.ground.terms}."
        with self.running.house.begin() as unit:
            unit.accounts.publish_terms(Terms(self.ground.terms, "fr", text_digest(body), body, now))

    @rule(far=st.sampled_from(WAITS))
    def wait(self, far: int) -> None:
        """Let time pass."""
        self.pass_time(far)

    # --- browsers -------------------------------------------------------------------------------------------------

    @rule(
        where=pick,
        who=pick,
        kind=st.sampled_from(["best", "provisional", "posted", "own", "former", "wrong"]),
        tab=pick,
    )
    def sign_in(self, where: int, who: int, kind: str, tab: int) -> None:
        """Type a number and a word, in a tab that waits or in none."""
        seat, holder, now = self.seat(where), self.holder(who), self.pass_time(SECOND)
        left = [w.text for w in holder.words]
        words: dict[str, list[str | None]] = {
            "own": [holder.own],
            "former": [*holder.former],
            "provisional": [*left],
            "posted": [w.text for w in holder.words if w.kind == POSTED],
            "best": [*left, holder.own],
        }
        word = next((w for w in reversed(words.get(kind, [])) if w), "Personne-ne-sait-1")
        request = self.tabs[tab % len(self.tabs)].id if self.tabs else ""
        worth = holder.opens(word, now)
        before = self.cookie(seat)
        page = seat.browser.post(
            "/connexion",
            {"form_token": seat.form_token, "identifier": holder.nir, "password": word, "request": request},
        )
        if page.status == 429:
            return
        assert (self.cookie(seat) != before) == (worth is not None), (kind, worth, page.text)
        if worth is not None:
            self.arrived(seat, holder, worth, now)
            self.rotated(seat, before)
        self.watch(seat)

    def arrived(self, seat: Seat, holder: Holder, kind: str, now: Instant) -> None:
        """The same member goes on in the same session; anybody else's ends."""
        was = seat.session
        same = was is not None and was.holder is holder and was.epoch == holder.epoch
        if was is not None and same and not was.ended and now < was.expires:
            was.kind, was.expires, was.seen = kind, now + session_life(kind), now
            return
        if was is not None:
            was.ended = True
        seat.session = Session(holder, holder.epoch, kind, now + session_life(kind), now)

    @rule(where=pick)
    def change(self, where: int) -> None:
        """Send the form of the change, owed or not, as an old tab may."""
        seat, now = self.seat(where), self.pass_time(SECOND)
        session, before = seat.session, self.cookie(seat)
        new = f"Mot-de-passe-{secrets.token_hex(4)}-Zz9"
        owed = session is not None and session.is_here(now) and session.owes_change()
        seat.browser.post(
            "/mot-de-passe", {"form_token": seat.form_token, "new_password": new, "new_password_again": new}
        )
        assert (self.cookie(seat) != before) == owed
        if owed and session is not None:
            session.holder.change(session.kind, new, now)
            session.epoch, session.kind, session.seen = session.holder.epoch, OWN, now
            session.expires = now + session_life(OWN)
            self.put_out(session.holder, but=session)
            self.rotated(seat, before)
        self.watch(seat)
        if owed:
            self.show_everything()

    @rule(where=pick)
    def accept_terms(self, where: int) -> None:
        """Accept what is shown, if it is shown."""
        seat, now = self.seat(where), self.pass_time(SECOND)
        owed = seat.session is not None and seat.session.unmet(self.ground.terms, now) == "terms"
        page = seat.browser.get("/conditions")
        assert (page.path == "/conditions") == owed, page.url
        if owed and seat.session is not None:
            seat.browser.submit({"accept": "yes"})
            seat.session.holder.accepted = self.ground.terms
        self.watch(seat)

    @rule(where=pick)
    def enter_space(self, where: int) -> None:
        """Open the private space."""
        seat, now = self.seat(where), self.pass_time(SECOND)
        unmet = seat.session.unmet(self.ground.terms, now) if seat.session else "login"
        if seat.session is not None and seat.session.is_idle(now):
            unmet = "login"
        page = seat.browser.get("/espace")
        assert page.path == (SCREENS[unmet] if unmet else "/espace")
        self.watch(seat)

    @rule(where=pick)
    def sign_out(self, where: int) -> None:
        """Sign out."""
        seat = self.seat(where)
        self.pass_time(SECOND)
        before = self.cookie(seat)
        seat.browser.post("/deconnexion", {"form_token": seat.form_token})
        self.left(seat, before)
        self.watch(seat)

    def left(self, seat: Seat, cookie: str | None) -> None:
        if seat.session is not None:
            seat.session.ended = True
        seat.session = None
        assert self.cookie(seat) is None
        self.rotated(seat, cookie)

    @precondition(lambda self: self.families)
    @rule(where=pick, which=pick)
    def sign_out_at_the_portal(self, where: int, which: int) -> None:
        """Follow a portal's logout link: only a hint of this very session ends it."""
        seat, family, now = self.seat(where), self.families[which % len(self.families)], self.pass_time(SECOND)
        session, before = seat.session, self.cookie(seat)
        meant = session is not None and session is family.session and not session.ended and now < session.expires
        seat.browser.get(family.portal.logout_url(family.id_token))
        if meant:
            self.left(seat, before)
        else:
            assert self.cookie(seat) == before
        self.watch(seat)

    @precondition(lambda self: any(seat.spent for seat in self.seats))
    @rule(which=pick, to=pick)
    def show_an_old_cookie(self, which: int, to: int) -> None:
        """A cookie that was replaced or signed out opens nothing (law 1)."""
        spent = [cookie for seat in self.seats for cookie in seat.spent]
        portal = self.portal(to)
        attempt = portal.start(prompt="none")
        with Browser(self.running.url) as thief:
            thief.client.cookies.set("idp_session", spent[which % len(spent)])
            thief.get(attempt.url)
            assert portal.error(thief.trail, attempt) == "login_required"
            assert thief.get("/espace").path == "/connexion"

    # --- portals --------------------------------------------------------------------------------------------------

    @rule(where=pick, to=pick, prompt=st.sampled_from([None, None, "none", "none", "login"]), scope=pick)
    def authorize(self, where: int, to: int, prompt: str | None, scope: int) -> None:
        """Come from a portal."""
        seat, portal, now = self.seat(where), self.portal(to), self.pass_time(SECOND)
        attempt = portal.start(prompt=prompt, scope=SCOPES[scope % 2])
        self.asked[attempt.state] = attempt, portal
        unmet = seat.session.unmet(self.ground.terms, now) if seat.session else "login"
        unmet = "login" if prompt == "login" else unmet
        page = seat.browser.get(attempt.url)
        last = seat.browser.trail[-1]
        if unmet is None:
            assert portal.code(seat.browser.trail, attempt)
        elif prompt == "none":
            assert portal.error(seat.browser.trail, attempt) == ERRORS[unmet]
        else:
            assert page.path == SCREENS[unmet], last
            self.tabs.append(Tab(last.partition("request=")[2], attempt, portal, seat))
        self.watch(seat)

    @precondition(lambda self: self.tabs)
    @rule(where=pick, tab=pick)
    def resume(self, where: int, tab: int) -> None:
        """Go on with a request that waits, in its own browser or in another, answered already or not."""
        seat, waiting = self.seat(where), self.tabs[tab % len(self.tabs)]
        self.pass_time(SECOND)
        page = seat.browser.get(f"/oidc/authorize/{waiting.id}")
        if waiting.seat is not seat:
            assert page.status == 409, "a request belongs to one browser"
        self.watch(seat)

    @precondition(lambda self: self.codes)
    @rule(which=pick, good=st.sampled_from([True, True, True, False]))
    def redeem(self, which: int, good: bool) -> None:
        """Present a code, new or old, with the right verifier or a wrong one."""
        if not self.codes:
            return
        code, now = self.codes[-1 - which % len(self.codes)], self.pass_time(SECOND)
        expected = good and code.is_good(now)
        response = code.portal.redeem(code.attempt, code.text, **({} if good else {"code_verifier": "w" * 43}))
        assert (response.status_code == 200) == expected, response.text
        if code.family is not None:
            code.family.revoked = True
        if not expected:
            assert response.json()["error"] == "invalid_grant"
            return
        tokens = code.portal.judge(response, nonce=code.attempt.nonce)
        offline = "offline_access" in tokens.scope
        family = Family(
            code.portal, code.session, code.epoch, offline, now + family_life(code.portal), tokens.id_token
        )
        family.received(tokens.access, tokens.refresh, None, now)
        code.family = family
        self.families.append(family)

    @precondition(lambda self: self.families)
    @rule(which=pick, back=pick)
    def refresh(self, which: int, back: int) -> None:
        """Use a refresh token, the newest or an older one."""
        family, now = self.families[-1 - which % len(self.families)], self.pass_time(SECOND)
        token = family.refresh[-1 - back % min(3, len(family.refresh))]
        expected = family.use(token, now)
        try:
            tokens = family.portal.refresh(token.text)
        except Refused:
            assert not expected
            return
        assert expected
        family.received(tokens.access, tokens.refresh, token, now)

    @precondition(lambda self: self.families)
    @rule()
    def ask_userinfo(self) -> None:
        """Every token ever received is honoured, and called active, exactly when the laws say so."""
        now = self.pass_time(SECOND)
        for family in self.families:
            asks = family.portal.method != "none"  # a public client cannot ask what its tokens are worth
            for text, born in family.access[-4:]:
                expected = family.honours(text, born, now)
                assert family.portal.is_honoured(text) == expected
                assert not asks or family.portal.is_active(text) == expected
            for token in family.refresh[-2:]:
                assert not asks or family.portal.is_active(token.text) == family.keeps(token, now)

    # --- watching -------------------------------------------------------------------------------------------------

    def watch(self, seat: Seat) -> None:
        """Read where a browser went: every code must be allowed, and a visit to the space is remembered."""
        now, trail = self.running.clock.now(), list(seat.browser.trail)
        seat.browser.trail.clear()
        for url in trail:
            if urlsplit(url).path == "/espace":
                self.visited(seat, now)
            query = parse_qs(urlsplit(url).query)
            if url.startswith(self.running.url) or "code" not in query:
                continue
            attempt, portal = self.asked[query["state"][0]]
            assert seat.session is not None, "a code for nobody"
            assert seat.session.unmet(self.ground.terms, now) is None, "a code before the change"
            assert not any(code.attempt is attempt for code in self.codes), "a request answered twice"
            assert not any(tab.attempt is attempt and tab.seat is not seat for tab in self.tabs)
            self.codes.append(Code(query["code"][0], attempt, portal, seat.session, seat.session.epoch, now))

    def put_out(self, holder: Holder, but: Session | None = None) -> None:
        """A freeze and a completed change end the member's sessions, those too that no browser shows any more."""
        known = [seat.session for seat in self.seats]
        known += [code.session for code in self.codes]
        known += [family.session for family in self.families]
        for session in known:
            if session is not None and session.holder is holder and session is not but:
                session.ended = True

    def visited(self, seat: Seat, now: Instant) -> None:
        session = seat.session
        if session is None or session.unmet(self.ground.terms, now) is not None or session.is_idle(now):
            return
        if session.seen + MINUTE <= now:
            session.seen = now

    # --- small things ---------------------------------------------------------------------------------------------

    def pass_time(self, far: int) -> Instant:
        self.running.clock.advance(far)
        return self.running.clock.now()

    def holder(self, number: int) -> Holder:
        return self.holders[number % HOLDERS]

    def seat(self, number: int) -> Seat:
        return self.seats[number % BROWSERS]

    def portal(self, number: int) -> Portal:
        return self.ground.portals[number % len(self.ground.portals)]

    def cookie(self, seat: Seat) -> str | None:
        value: str | None = seat.browser.client.cookies.get("idp_session")
        return value

    def rotated(self, seat: Seat, before: str | None) -> None:
        if before is not None:
            seat.spent.append(before)

    def known(self, unit: Unit, holder: Holder) -> tuple[Member, Account]:
        member = unit.members.find_by_nir(Nir(holder.nir))
        account = unit.accounts.of_member(member.id) if member else None
        assert member is not None
        assert account is not None
        return member, account
