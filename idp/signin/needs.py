"""What the screens of sign-in are given by the composition root, and the ways they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts.account import Account
from idp.accounts.password import Hasher
from idp.accounts.throttle import Attempts
from idp.kernel.clock import MINUTE, Instant
from idp.kernel.ids import is_id
from idp.kernel.vault import Pepper
from idp.signin.gate import look
from idp.signin.parked import Parked
from idp.signin.policy import Demand, Facts, Prompt
from idp.signin.ports import Begin, PortalSession, SignInUnit
from idp.signin.session import IDLE, Session
from idp.web.cookies import CookieName
from idp.web.shell import Shell

SPACE = Demand(audience="space", idle=IDLE)
"""What our own pages ask: a member who owes nothing and was here within the half hour."""
FRESH = 5 * MINUTE
"""How long a password typed counts as fresh (design section 4)."""


def fresh(now: Instant) -> Demand:
    """Return what a page asks where the account's security changes: the own password, typed a moment ago."""
    return replace(SPACE, not_before=now - FRESH, own_password=True)


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A page of ours that a sign-in may lead back to, named by a word of ours and never by an address."""

    route: str
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Portal:
    """The portal a member is on the way to. ``origin`` is where its answer goes, for the page's ``form-action``."""

    name: str
    host: str
    url: str
    origin: str
    is_franceconnect: bool = False
    policy: str | None = None
    terms: str | None = None
    """Where it says what it does with data, and on what terms (OpenID Connect Registration 2)."""
    logo: str | None = None
    """Where *we* serve its logo, if we have one."""

    @property
    def initials(self) -> str:
        """Two letters for its tile."""
        words = [word for word in self.name.split() if word[0].isalnum() and word.casefold() not in _SMALL]
        return "".join(word[0] for word in words[:2]).upper() or "?"


_SMALL = frozenset({"et", "de", "du", "des", "la", "le", "les", "l", "à", "en"})


class Upstream(Protocol):
    """What happens to sessions that an upstream provider opened; every call is within a unit of work of sign-in."""

    @property
    def levels(self) -> tuple[str, ...]:
        """The values of ``acr`` that its sessions may have."""
        ...

    def changed(self, unit: Any, session: Session, account: Account, now: Instant) -> None:
        """The first password was set in this session: the identity that proved the member is linked."""
        ...

    def logout_url(self, unit: Any, session_id: str, onward: str) -> str | None:
        """Return where a browser ends the session upstream too and then goes ``onward``; None when there is none."""
        ...


class NoUpstream:
    """No upstream provider is configured."""

    levels = ()

    def changed(self, unit: Any, session: Session, account: Account, now: Instant) -> None:
        """Nothing to link."""

    def logout_url(self, unit: Any, session_id: str, onward: str) -> str | None:
        """Nowhere to go."""


Frames = Callable[[Any, tuple[PortalSession, ...]], tuple[str, ...]]
"""Returns the pages by which portals end their sessions in a browser; takes the composition's own unit of work."""


def no_frames(_unit: Any, _portals: tuple[PortalSession, ...]) -> tuple[str, ...]:
    """Nothing is loaded when somebody signs out."""
    return ()


@dataclass(frozen=True)
class SignInNeeds:
    """Everything the screens may touch."""

    shell: Shell
    begin: Begin
    attempts: Attempts
    hasher: Hasher
    pepper: Pepper
    policy: tuple[Prompt, ...]
    portal_of: Callable[[Any, Parked], Portal | None]
    """Contributed by ``oidc``: which portal a parked request comes from; takes the composition's own unit of work."""
    upstream: Upstream
    """Contributed by ``federation``."""
    own_pages: Mapping[str, OwnPage]
    frames: Frames = no_frames
    """Contributed by ``oidc``."""

    def onward(self, request_id: str) -> Response:
        """Return to the dispatcher: the parked request of this tab, or the private space."""
        if is_id(request_id):
            return self.shell.goto("oidc:resume", request=request_id)
        page = self.own_pages.get(request_id)
        return self.shell.goto(page.route if page else "space:home")

    def screen(self, name: str, request_id: str) -> Response:
        """Redirect to a screen, keeping this tab's request."""
        query = f"?request={request_id}" if is_id(request_id) or request_id in self.own_pages else ""
        return RedirectResponse(self.shell.url(name) + query, 303)

    def kept(self, request_id: str, portal: Portal | None) -> str | None:
        """Return what a form carries on: the parked request of a portal, or the word of a page of ours."""
        return request_id if portal is not None or request_id in self.own_pages else None

    def cookie(self, request: Request) -> str | None:
        """Return the session cookie's value."""
        return self.shell.cookies.read(request, CookieName.SESSION)

    def facts(self, unit: SignInUnit, request: Request, demand: Demand = SPACE) -> Facts:
        """Read the gate's facts for this browser."""
        return look(unit, self.cookie(request), demand, self.shell.clock.now())

    def demand(self, unit: SignInUnit, request: Request, request_id: str) -> Demand:
        """Return what this tab's way leads to asks: a parked request, a page of ours, or the space."""
        parked = self.waiting(unit, request, request_id)
        if parked is not None:
            return parked.demand
        page = self.own_pages.get(request_id)
        return fresh(self.shell.clock.now()) if page is not None and page.fresh else SPACE

    def waiting(self, unit: SignInUnit, request: Request, request_id: str) -> Parked | None:
        """Return this tab's parked request when it is this browser's and still waits."""
        parked = unit.parked.get(request_id) if is_id(request_id) else None
        if parked is None or not parked.belongs(self.shell.browser(request), self.shell.clock.now()):
            return None
        return parked

    def portal(self, unit: SignInUnit, request: Request, request_id: str) -> Portal | None:
        """Return the portal this tab is on the way to."""
        parked = self.waiting(unit, request, request_id)
        return None if parked is None else self.portal_of(unit, parked)
