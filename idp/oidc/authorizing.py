"""The decision of the authorization endpoint, in one unit of work: a code, a screen, or an error for the client.

A demand is fixed when the request is parked and met by a newer fact (design section 6); nothing is recomputed on
resume. The silent path writes nothing but the code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import SECOND, Instant
from idp.kernel.ids import new_id
from idp.oidc.checks import Hint, read_request
from idp.oidc.clients import Client
from idp.oidc.codes import issue_code
from idp.oidc.levels import level_told
from idp.oidc.portals import portal
from idp.oidc.ports import OidcUnit
from idp.oidc.profiles import profile_of
from idp.oidc.requests import AuthorizationRequest
from idp.signin.gate import look
from idp.signin.needs import Portal
from idp.signin.parked import LIFE, Parked
from idp.signin.policy import LOGIN, Cleared, Demand, Facts, Prompt, clear


@dataclass(frozen=True, slots=True)
class Browser:
    """What one browser presents: its session cookie, if any, and the digest that names it."""

    cookie: str | None
    digest: str


@dataclass(frozen=True, slots=True)
class Done:
    """The client gets a code."""

    redirect_uri: str
    state: str | None
    code: str


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen comes first; ``parked`` is the request that waits."""

    route: str
    parked: str


@dataclass(frozen=True, slots=True)
class Restart:
    """The request cannot go on in this browser: it starts again at the portal."""

    portal: Portal | None


class Authorizing:
    """Answers requests, new and parked, under one policy."""

    def __init__(self, policy: tuple[Prompt, ...], hint: Hint) -> None:
        self._policy = policy
        self._hint = hint

    def answer(self, unit: OidcUnit, pairs: Sequence[tuple[str, str]], browser: Browser, now: Instant) -> Done | Screen:
        """Answer a GET. Raises ``ShownError`` or ``ReturnedError``."""
        client, asked = read_request(unit.clients, pairs, self._hint)
        facts = self._look(unit, browser, client, asked, now)
        unmet = clear(facts, self._policy)
        if isinstance(unmet, Cleared):
            return self._issue(unit, unmet, facts, client, asked)
        if asked.is_silent:
            raise asked.refusal(unmet.error, "the member must act and prompt is none")
        return Screen(unmet.route, self._park(unit, browser.digest, asked, facts.demand, now))

    def park_posted(
        self, unit: OidcUnit, pairs: Sequence[tuple[str, str]], browser: Browser | None, now: Instant
    ) -> str:
        """Check and park a POST, which is answered by going on with the parked id.

        A cross-site POST carries no cookie: then the row has no browser until the first one that presents it, and the
        session it does not see cannot be named, so that a new login must be newer than the request itself.
        """
        client, asked = read_request(unit.clients, pairs, self._hint)
        if browser is None:
            not_before = now if asked.wants_login or asked.hint_sub else _not_before(asked, now)
            return self._park(unit, "", asked, _demand(client, not_before), now)
        return self._park(unit, browser.digest, asked, self._look(unit, browser, client, asked, now).demand, now)

    def resume(self, unit: OidcUnit, parked_id: str, browser: Browser, now: Instant) -> Done | Screen | Restart:
        """Ask the gate again about a parked request. Raises ``ReturnedError``."""
        parked = unit.parked.get(parked_id)
        if parked is not None and not parked.browser and unit.parked.adopt(parked_id, browser.digest):
            parked = unit.parked.get(parked_id)
        client = unit.clients.get(parked.client_id) if parked is not None else None
        if parked is None or client is None:
            return Restart(None)
        facts = look(unit, browser.cookie, parked.demand, now)
        if not parked.belongs(browser.digest, now) or _is_anothers(parked, facts):
            return Restart(portal(client))
        if facts.member_is_here and facts.account is not None and parked.account_id is None:
            unit.parked.stamp(parked.id, facts.account.id, facts.account.epoch)
        asked = AuthorizationRequest.from_json(parked.request)
        unmet = clear(facts, self._policy)
        if isinstance(unmet, Prompt):
            if asked.is_silent:
                raise asked.refusal(unmet.error, "the member must act and prompt is none")
            return Screen(unmet.route, parked.id)
        if not unit.parked.complete(parked.id, now):
            return Restart(portal(client))
        done = self._issue(unit, unmet, facts, client, asked)
        unit.audit.add(AuditEvent(Tag.CODE_ISSUED, account=unmet.account, client=client.id))
        return done

    def _look(
        self, unit: OidcUnit, browser: Browser, client: Client, asked: AuthorizationRequest, now: Instant
    ) -> Facts:
        """Read the facts, with the demand this request makes of this browser's present session."""
        facts = look(unit, browser.cookie, _demand(client, _not_before(asked, now)), now)
        another = facts.member_is_here and not asked.is_silent and not _is_hinted(unit, facts, client, asked)
        if not asked.wants_login and not another:
            return facts
        differs_from = facts.session.auth_time if facts.session is not None else 0
        demand = _demand(client, facts.demand.not_before, differs_from)
        return Facts(now, facts.session, facts.account, facts.terms_revision, demand)

    def _issue(
        self, unit: OidcUnit, cleared: Cleared, facts: Facts, client: Client, asked: AuthorizationRequest
    ) -> Done:
        if facts.session is None or facts.account is None:  # a receipt without them does not exist
            raise asked.refusal(LOGIN.error, "nobody is signed in")
        if not _is_hinted(unit, facts, client, asked):
            raise asked.refusal("login_required", "the member signed in is not the one of id_token_hint")
        acr = level_told(cleared.acr, client.metadata.idp_acr_map, facts.account.proven_by)
        if acr is None:  # the code of OpenID Connect Core Unmet Authentication Requirements 1.0
            raise asked.refusal("unmet_authentication_requirements", "the member was not proven well enough")
        code = issue_code(unit, cleared, facts.session, client, asked, acr, facts.now)
        return Done(asked.redirect_uri, asked.state, code)

    def _park(self, unit: OidcUnit, browser: str, asked: AuthorizationRequest, demand: Demand, now: Instant) -> str:
        parked = Parked(
            id=new_id(),
            browser=browser,
            client_id=asked.client_id,
            request=asked.to_json(),
            created_at=now,
            expires_at=now + LIFE,
            not_before=demand.not_before,
            differs_from=demand.differs_from,
            own_password=demand.own_password,
            verified_email=demand.verified_email,
        )
        unit.parked.park(parked)
        return parked.id


def _demand(client: Client, not_before: Instant | None, differs_from: Instant | None = None) -> Demand:
    """Return what this request asks, with what every request of such a client does."""
    profile = profile_of(client.metadata)
    return Demand(
        client.id,
        not_before,
        differs_from,
        own_password=profile.own_password,
        verified_email=profile.verified_email,
    )


def _not_before(asked: AuthorizationRequest, now: Instant) -> Instant | None:
    return None if asked.max_age is None else now - asked.max_age * SECOND


def _is_hinted(unit: OidcUnit, facts: Facts, client: Client, asked: AuthorizationRequest) -> bool:
    """Tell whether the member here is the one of the hint (OpenID Connect Core 3.1.2.1), or nobody was hinted."""
    if asked.hint_sub is None or facts.account is None:
        return asked.hint_sub is None
    return unit.grants.subject(facts.account.id, client.sector) == asked.hint_sub


def _is_anothers(parked: Parked, facts: Facts) -> bool:
    here = facts.member_is_here and facts.account is not None
    return here and facts.account is not None and parked.is_anothers(facts.account.id, facts.account.epoch)
