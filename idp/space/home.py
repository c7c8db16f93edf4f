"""The home page: latest payments and the portals that open with one click (S18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from idp.kernel.clock import Instant, months_before, paris_date
from idp.members.member import Member
from idp.members.registry import Payment, Registry, RegistryUnavailable
from idp.signin.needs import SPACE, SignInNeeds
from idp.signin.policy import LOGIN, Prompt, clear
from idp.space import visit
from idp.web.french import amount, clock_time, day, long_date
from idp.web.pages import Block

_MONTHS = 6
_MOST = 10


@dataclass(frozen=True, slots=True)
class Service:
    """A tile: a portal that signs in with one click."""

    title: str
    text: str | None
    url: str


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """A payment as it is read."""

    date: str
    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class Home:
    """What the page shows."""

    member: Member
    last_visit: Instant | None
    services: tuple[Service, ...]


@dataclass(frozen=True)
class SpaceNeeds:
    """Everything the space may touch; ``services_of`` is contributed by ``oidc`` and takes the
    composition's own unit of work."""

    signin: SignInNeeds
    registry: Registry
    services_of: Callable[[Any, Member], tuple[Service, ...]]


def routes(needs: SpaceNeeds) -> list[Route]:
    """Return the routes of the space."""
    shell = needs.signin.shell

    async def home(request: Request) -> Response:
        found = await shell.beats.settle(lambda: _enter(needs, request))
        if isinstance(found, Prompt):
            return needs.signin.screen(found.route, "")
        since = months_before(paris_date(shell.clock.now()), _MONTHS)
        try:
            payments = await needs.registry.latest_payments(found.member.id, since)
        except RegistryUnavailable:
            lines = None
        else:
            lines = [_line(payment) for payment in payments[:_MOST]]
        before = found.last_visit
        t = shell.pages.t
        return await shell.page(
            request,
            "space/home.html",
            block=Block("signed_in", found.member.display_name),
            name=found.member.display_name,
            last_visit=t("space.home.last_visit", date=long_date(before), time=clock_time(before)) if before else None,
            payments=lines,
            services=found.services,
        )

    return [Route("/espace", home, methods=["GET"], name="space:home")]


def _enter(needs: SpaceNeeds, request: Request) -> Home | Prompt:
    """Ask the gate, and read what the page shows."""
    with needs.signin.begin(write=False) as unit:
        facts = needs.signin.facts(unit, request, SPACE)
        found = clear(facts, needs.signin.policy)
        session, account = facts.session, facts.account
        if isinstance(found, Prompt):
            return found
        if session is None or account is None:
            return LOGIN
        member = unit.members.get(account.member_id)
        if member is None:
            raise LookupError("an account without a member")
        last_visit = unit.sessions.previous_auth_time(account.id, session.id)
        home = Home(member, last_visit, needs.services_of(unit, member))
    visit.remember(needs.signin, facts)
    return home


def _line(payment: Payment) -> PaymentLine:
    return PaymentLine(day(payment.paid_on), payment.label, amount(payment.amount_cents))
