"""Mon compte, first form (S19, S20): contact details as known, documents by e-mail or by post, FranceConnect."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.accounts.account import Account
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.members.member import Member
from idp.signin.needs import SPACE, SignInNeeds
from idp.signin.policy import LOGIN, Facts, Prompt, clear
from idp.signin.ports import AccountStore, SignInUnit
from idp.space import visit
from idp.web.endpoint import screen_route
from idp.web.french import phone
from idp.web.pages import Block
from idp.web.reading import Form

BY_EMAIL, BY_POST = "email", "post"
DONE = "documents"
"""The word of the address after a choice was kept."""
WITHDRAWN = "retrait"
"""The same, after a portal was taken its permission."""


@dataclass(frozen=True, slots=True)
class FranceConnectCard:
    """What the page says of the upstream provider: its name, and since when it is linked, None when it is not."""

    name: str
    linked_at: Instant | None


@dataclass(frozen=True, slots=True)
class AllowedPortal:
    """A portal that the member allowed to be told of them, and since when."""

    client_id: str
    name: str
    since: Instant


class AllowedPortals(Protocol):
    """Contributed by ``oidc``: what the member allowed; every call is within the composition's own unit of work."""

    def of(self, unit: Any, account: Account) -> tuple[AllowedPortal, ...]:
        """Return the portals allowed, the newest first."""
        ...

    def withdraw(self, unit: Any, account: Account, client_id: str, now: Instant) -> bool:
        """Take a word back: what the portal holds ends too. False when it was never given."""
        ...


class Accounts(AccountStore, Protocol):
    """Accounts, and what a member chooses."""

    def lock(self, account_id: str) -> Account | None:
        """Return the account with its row locked until the end of this unit of work."""
        ...

    def choose_documents(self, account_id: str, by_email_at: Instant | None) -> None:
        """Keep since when documents go by e-mail; None: by post."""
        ...


class AccountUnit(SignInUnit, Protocol):
    """One unit of work as this page sees it."""

    @property
    def accounts(self) -> Accounts:
        """Return the accounts."""
        ...


@dataclass(frozen=True)
class AccountNeeds:
    """Everything the page may touch; ``franceconnect`` is contributed by ``federation`` and takes the composition's
    own unit of work; None where no upstream provider is configured."""

    signin: SignInNeeds
    begin: Callable[..., AbstractContextManager[AccountUnit]]
    franceconnect: Callable[[Any, Account], FranceConnectCard | None]
    portals: AllowedPortals


@dataclass(frozen=True, slots=True)
class Here:
    """Who looks at the page."""

    account: Account
    member: Member
    franceconnect: FranceConnectCard | None
    portals: tuple[AllowedPortal, ...]


def route(needs: AccountNeeds) -> Route:
    """Return the page's route."""
    return screen_route("/mon-compte", "account:home", MyAccount(needs))


class MyAccount:
    """GET and POST of ``/mon-compte``."""

    def __init__(self, needs: AccountNeeds) -> None:
        self._needs = needs
        self._shell = needs.signin.shell

    async def get(self, request: Request) -> Response:
        """Show the page to a member who owes nothing."""
        here = await self._shell.beats.settle(lambda: self._look(request))
        if isinstance(here, Prompt):
            return self._needs.signin.screen(here.route, "mon-compte")
        return await self._page(request, here, {}, done=request.query_params.get("fait", ""))

    async def post(self, request: Request) -> Response:
        """Keep how documents are to be sent, or take back what a portal was allowed."""
        form: Form = await self._shell.form(request)
        if form.get("action") == "withdraw":
            return await self._withdraw(request, form.get("portal"))
        chosen = form.get("documents")
        here = await self._shell.beats.settle(lambda: self._choose(request, chosen))
        if isinstance(here, Prompt):
            return self._needs.signin.screen(here.route, "mon-compte")
        problem = _problem(chosen, here.account)
        if problem is not None:
            return await self._page(request, here, {"documents": self._shell.pages.t(problem)}, done="")
        return self._back(DONE)

    async def _withdraw(self, request: Request, client_id: str) -> Response:
        here = await self._shell.beats.settle(lambda: self._end(request, client_id))
        return self._needs.signin.screen(here.route, "mon-compte") if here is not None else self._back(WITHDRAWN)

    def _end(self, request: Request, client_id: str) -> Prompt | None:
        """Take a word back. Returns the screen that comes first, if one does."""
        with self._needs.begin() as unit:
            facts = self._facts(unit, request)
            found = clear(facts, self._needs.signin.policy)
            if isinstance(found, Prompt) or facts.account is None:
                return found if isinstance(found, Prompt) else LOGIN
            self._needs.portals.withdraw(unit, facts.account, client_id, facts.now)
            return None

    def _back(self, done: str) -> Response:
        return RedirectResponse(f"{self._shell.url('account:home')}?fait={done}", 303)

    def _look(self, request: Request) -> Here | Prompt:
        with self._needs.begin(write=False) as unit:
            facts = self._facts(unit, request)
            here = self._here(unit, facts)
        if isinstance(here, Here):
            visit.remember(self._needs.signin, facts)
        return here

    def _choose(self, request: Request, chosen: str) -> Here | Prompt:
        """Keep the choice unless it is what stands already, or cannot be."""
        with self._needs.begin() as unit:
            facts = self._facts(unit, request)
            if facts.account is not None:
                unit.accounts.lock(facts.account.id)
                # Read again under the account's lock: a freeze, or an address lost, may have been faster.
                facts = self._facts(unit, request)
            here = self._here(unit, facts)
            if isinstance(here, Prompt) or _problem(chosen, here.account) is not None:
                return here
            account, by_email = here.account, chosen == BY_EMAIL
            if by_email != (account.documents_by_email_at is not None):
                unit.accounts.choose_documents(account.id, facts.now if by_email else None)
                details = {"by_email": by_email}
                unit.audit.add(
                    AuditEvent(Tag.DOCUMENTS_CHOSEN, account=account.id, member=account.member_id, details=details)
                )
            return here

    def _facts(self, unit: AccountUnit, request: Request) -> Facts:
        return self._needs.signin.facts(unit, request, SPACE)

    def _here(self, unit: AccountUnit, facts: Facts) -> Here | Prompt:
        found = clear(facts, self._needs.signin.policy)
        if isinstance(found, Prompt):
            return found
        member = unit.members.get(facts.account.member_id) if facts.account else None
        if facts.account is None or member is None:
            return LOGIN
        account = facts.account
        return Here(account, member, self._needs.franceconnect(unit, account), self._needs.portals.of(unit, account))

    async def _page(self, request: Request, here: Here, errors: dict[str, str], *, done: str) -> Response:
        account = here.account
        chosen = BY_POST if account.documents_by_email_at is None else BY_EMAIL
        return await self._shell.page(
            request,
            "space/account.html",
            status=422 if errors else 200,
            block=Block("signed_in", here.member.display_name),
            errors=errors,
            values={"documents": chosen},
            done=done == DONE,
            withdrawn=done == WITHDRAWN,
            portals=here.portals,
            by_email=account.documents_by_email_at is not None,
            email=account.email,
            is_verified=account.email_verified_at is not None,
            phone=phone(account.phone) if account.phone else None,
            town=here.member.address.city if here.member.address else None,
            franceconnect=here.franceconnect,
        )


def _problem(chosen: str, account: Account) -> str | None:
    """Return the sentence that refuses a choice, None when it may be kept."""
    if chosen not in (BY_EMAIL, BY_POST):
        return "space.account.documents.error.missing"
    if chosen == BY_EMAIL and (account.email is None or account.email_verified_at is None):
        return "space.account.documents.error.no_email"
    return None
