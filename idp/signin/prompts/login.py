"""The sign-in page (S16): number and password, own or provisional.

A judged sign-in costs one argon2 verification and one digest look-up, whoever is typed; a word that fails its own
check character is refused alike for every number, unjudged (design section 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.account import Account, Channel
from idp.accounts.grammar import Fit
from idp.accounts.provisional import Provisional, fit, word_digest
from idp.accounts.throttle import SIGNIN_ACCOUNT, SIGNIN_SOURCE, Limit
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant, minutes_until
from idp.members.nir import Nir, NirError, read_nir
from idp.signin.needs import Portal, SignInNeeds
from idp.signin.opening import OWN_PASSWORD, open_session, provisional_password
from idp.signin.policy import LOGIN, Demand, clear
from idp.signin.ports import SignInUnit
from idp.web.cookies import CookieName
from idp.web.reading import Form
from idp.web.shell import Shell

NOBODY = ""
"""The id of no member and no account."""


class Refused(Enum):
    """Why nobody was signed in."""

    WRONG = auto()
    EXPIRED = auto()
    LOCKED = auto()


@dataclass(frozen=True, slots=True)
class Known:
    """What the store says of the number, before anything slow is asked."""

    account: Account | None
    password_hash: str | None


class Login:
    """GET and POST of ``/connexion``."""

    def __init__(self, needs: SignInNeeds) -> None:
        self._needs = needs
        self._shell: Shell = needs.shell

    async def get(self, request: Request) -> Response:
        """Show the page, or go on when nothing stands in the way."""
        request_id = request.query_params.get("request", "")
        cleared = await self._shell.beats.settle(lambda: self._already_in(request, request_id))
        if cleared:
            return self._needs.onward(request_id)
        return await self._page(request, request_id, {})

    def _already_in(self, request: Request, request_id: str) -> bool:
        with self._needs.begin(write=False) as unit:
            facts = self._needs.facts(unit, request, self._needs.demand(unit, request, request_id))
            return clear(facts, self._needs.policy) is not LOGIN

    async def post(self, request: Request) -> Response:
        """Judge what was typed."""
        form = await self._shell.form(request)
        request_id = form.get("request")
        nir, errors = self._read(form)
        if nir is None or errors:
            return await self._page(request, request_id, errors, form)
        typed = form.get("password")
        kind = fit(typed)
        if kind is Fit.MISTYPED:
            return await self._refuse(request, request_id, form, Refused.WRONG)
        source = self._shell.sources.of(request)
        buckets = self._buckets(nir, source, kind)
        free_at = await self._shell.beats.take(lambda: self._take(buckets))
        if free_at is not None:
            return await self._throttled(request, request_id, form, free_at)
        known = await self._shell.beats.settle(lambda: self._known(nir))
        right = await self._shell.beats.hash(lambda: self._needs.hasher.verify(known.password_hash, typed))
        cookie = await self._shell.beats.settle(lambda: self._settle(request, known, typed, right, source))
        if isinstance(cookie, Refused):
            return await self._refuse(request, request_id, form, cookie)
        await self._shell.beats.take(lambda: self._give_back(buckets))
        if right:
            await self._rehash(known, typed)
        response = self._needs.onward(request_id)
        self._shell.cookies.write(response, CookieName.SESSION, cookie)
        self._shell.cookies.clear(response, CookieName.ENROLLMENT)
        return response

    async def _rehash(self, known: Known, typed: str) -> None:
        """Hash a right password anew when it was hashed with other parameters (law 3)."""
        account, old = known.account, known.password_hash
        if account is None or old is None or not self._needs.hasher.is_old(old):
            return
        new = await self._shell.beats.hash(lambda: self._needs.hasher.hash(typed))
        await self._shell.beats.settle(lambda: self._keep(account.id, old, new))

    def _keep(self, account_id: str, old: str, new: str) -> None:
        with self._needs.begin() as unit:
            unit.accounts.rehash(account_id, old, new)

    def _buckets(self, nir: Nir, source: str, kind: Fit) -> tuple[tuple[str, Limit], ...]:
        """Return what an attempt takes. A word of the provisional grammar holds 95 bits: nobody guesses it, so a
        stranger's guesses at the account must not keep the member who types one out."""
        network = (f"signin:source:{source}", SIGNIN_SOURCE)
        if kind is Fit.RIGHT:
            return (network,)
        account = self._needs.pepper.lookup("signin", nir.value).digest
        return (f"signin:account:{account}", SIGNIN_ACCOUNT), network

    def _take(self, buckets: tuple[tuple[str, Limit], ...]) -> Instant | None:
        """Take one attempt of each bucket, or return when the full one is free; those before it are given back."""
        for place, bucket in enumerate(buckets):
            free_at = self._needs.attempts.take(*bucket)
            if free_at is not None:
                self._give_back(buckets[:place])
                return free_at
        return None

    def _give_back(self, buckets: tuple[tuple[str, Limit], ...]) -> None:
        """Nothing was guessed."""
        for bucket in buckets:
            self._needs.attempts.give_back(*bucket)

    def _read(self, form: Form) -> tuple[Nir | None, dict[str, str]]:
        t = self._shell.pages.t
        errors = {}
        nir = None
        try:
            nir = read_nir(form.get("identifier"))
        except NirError as error:
            missing = error.problem == "missing"
            message = "signin.error.missing_identifier" if missing else "signin.error.identifier_shape"
            errors["identifier"] = t(message)
        if not form.get("password"):
            errors["password"] = t("signin.error.missing_password")
        return nir, errors

    def _known(self, nir: Nir) -> Known:
        with self._needs.begin(write=False) as unit:
            member = unit.members.find_by_nir(nir)
            # Nobody is looked for as a member is: how many questions the store answers tells nothing.
            account = unit.accounts.of_member(member.id if member else NOBODY)
            return Known(account, unit.accounts.password_hash(account.id if account else NOBODY))

    def _settle(self, request: Request, known: Known, typed: str, right: bool, source: str) -> str | Refused:
        now = self._shell.clock.now()
        with self._needs.begin() as unit:
            account = unit.accounts.get(known.account.id if known.account else NOBODY)
            used = unit.accounts.provisional(account.id if account else NOBODY, word_digest(typed))
            refused = self._decide(unit, known, account, right, used, now)
            if account is None or refused is not None:
                unit.audit.add(AuditEvent(Tag.SIGNIN_REFUSED, account=account.id if account else None, source=source))
                return refused or Refused.WRONG
            before = self._needs.facts(unit, request).session
            browser = self._shell.browser(request) or ""
            evidence = OWN_PASSWORD if right or used is None else provisional_password(used)
            opened = open_session(unit, before, account, browser, evidence, now)
            unit.audit.add(
                AuditEvent(Tag.SIGNIN_DONE, account=account.id, source=source, details={"provisional": not right})
            )
            return opened.cookie

    def _decide(
        self,
        unit: SignInUnit,
        known: Known,
        account: Account | None,
        right: bool,
        used: Provisional | None,
        now: Instant,
    ) -> Refused | None:
        """Return why nobody is signed in, or None. The judged hash must still be the stored one."""
        if account is None or not (right or used):
            return Refused.WRONG
        if right and unit.accounts.password_hash(account.id) != known.password_hash:
            return Refused.WRONG
        thawing = account.closed_at is None and used is not None and used.channel is Channel.POST
        if not account.stands and not thawing:
            return Refused.LOCKED
        if not right and used is not None and used.expires_at <= now:
            return Refused.EXPIRED
        return None

    async def _refuse(self, request: Request, request_id: str, form: Form, why: Refused) -> Response:
        t = self._shell.pages.t
        phone = self._shell.pages.contact.phone
        message = {
            Refused.WRONG: t("signin.error.refused"),
            Refused.EXPIRED: t("signin.error.provisional_expired"),
            Refused.LOCKED: t("signin.error.locked", phone=phone),
        }[why]
        return await self._page(request, request_id, {"password": message}, form)

    async def _throttled(self, request: Request, request_id: str, form: Form, free_at: Instant) -> Response:
        wait = minutes_until(free_at, self._shell.clock.now())
        message = self._shell.pages.t("signin.error.throttled", minutes=wait)
        response = await self._page(request, request_id, {"identifier": message}, form, status=429)
        response.headers["retry-after"] = str(wait * 60)
        return response

    async def _page(
        self, request: Request, request_id: str, errors: dict[str, str], form: Form | None = None, status: int = 422
    ) -> Response:
        portal, demand = await self._shell.beats.settle(lambda: self._asked(request, request_id))
        ends = self._shell.form_ends(upstream=demand.takes_federated, portal=portal.origin if portal else "")
        return await self._shell.page(
            request,
            "signin/login.html",
            status=status if errors else 200,
            form_action=ends,
            errors=errors,
            values={"identifier": form.get("identifier")} if form else {},
            portal=portal,
            request_id=self._needs.kept(request_id, portal),
            upstream=self._shell.upstream if demand.takes_federated else None,
        )

    def _asked(self, request: Request, request_id: str) -> tuple[Portal | None, Demand]:
        with self._needs.begin(write=False) as unit:
            demand = self._needs.demand(unit, request, request_id)
            return self._needs.portal(unit, request, request_id), demand
