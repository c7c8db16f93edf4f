"""The decision of the authorization endpoint, in one unit of work: a code, a screen, or an error for the client.

A demand is fixed when the request is parked and met by a newer fact (design section 6); nothing is recomputed on
resume. The silent path writes nothing but the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import SECOND, Instant
from idp.kernel.errors import ShownError
from idp.kernel.ids import digest, new_id
from idp.oidc.checks import read_request
from idp.oidc.clients import Client
from idp.oidc.codes import LIFE as CODE_LIFE
from idp.oidc.codes import issue_code
from idp.oidc.consent import asks
from idp.oidc.devices import LIFE as DEVICE_LIFE
from idp.oidc.devices import user_code_digest
from idp.oidc.exchange import Exchange
from idp.oidc.front import front_tokens
from idp.oidc.keys import SigningKeys
from idp.oidc.levels import level_told
from idp.oidc.offered import CODE, Offered
from idp.oidc.portals import portal
from idp.oidc.ports import OidcUnit
from idp.oidc.profiles import profile_of
from idp.oidc.pushing import presented
from idp.oidc.requests import Address, AuthorizationRequest, Resolved
from idp.oidc.wanted_claims import wanted_claims
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
    """The client gets its answer: what it asked for, or that the member refused."""

    to: Address
    params: Mapping[str, str]
    client_id: str


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen comes first; ``parked`` is the request that waits."""

    route: str
    parked: str


@dataclass(frozen=True, slots=True)
class Restart:
    """The request cannot go on in this browser: it starts again at the portal."""

    portal: Portal | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A parked request in the browser it belongs to."""

    parked: Parked
    client: Client
    asked: AuthorizationRequest
    facts: Facts


class Authorizing:
    """Answers requests, new and parked, under one policy."""

    def __init__(self, policy: tuple[Prompt, ...], keys: SigningKeys, issuer: str, offered: Offered) -> None:
        self._policy = policy
        self._keys = keys
        self._issuer = issuer
        self._offered = offered

    def answer(self, unit: OidcUnit, sent: Resolved, browser: Browser, now: Instant) -> Done | Screen:
        """Answer a GET. Raises ``ShownError`` or ``ReturnedError``."""
        client, asked, pushed = self._read(unit, sent, now)
        facts = self._look(unit, browser, client, asked, now)
        unmet = clear(facts, self._policy)
        if isinstance(unmet, Cleared):
            if pushed is not None and not unit.pushed.spend(pushed, now):
                raise ShownError("error.request_expired", 400)
            return self._issue(unit, unmet, facts, client, asked)
        if asked.is_silent:
            raise asked.refusal(unmet.error, "the member must act and prompt is none")
        return Screen(_route(unmet, asked), self._park(unit, browser.digest, asked, facts.demand, pushed, now))

    def park_posted(self, unit: OidcUnit, sent: Resolved, browser: Browser | None, now: Instant) -> str:
        """Check and park a POST, which is answered by going on with the parked id.

        A cross-site POST carries no cookie: then the row has no browser until the first one that presents it, and the
        session it does not see cannot be named, so that a new login must be newer than the request itself.
        """
        client, asked, pushed = self._read(unit, sent, now)
        if browser is None:
            not_before = now if asked.wants_login or asked.hint_sub else _not_before(asked, now)
            return self._park(unit, "", asked, _demand(client, asked, not_before), pushed, now)
        demand = self._look(unit, browser, client, asked, now).demand
        return self._park(unit, browser.digest, asked, demand, pushed, now)

    def resume(self, unit: OidcUnit, parked_id: str, browser: Browser, now: Instant) -> Done | Screen | Restart:
        """Ask the gate again about a parked request. Raises ``ReturnedError``."""
        found = self.find(unit, parked_id, browser, now)
        if isinstance(found, Restart):
            return found
        parked, client, asked, facts = found.parked, found.client, found.asked, found.facts
        if facts.member_is_here and facts.account is not None and parked.account_id is None:
            unit.parked.stamp(parked.id, facts.account.id, facts.account.epoch)
        unmet = clear(facts, self._policy)
        if isinstance(unmet, Prompt):
            if asked.is_silent:
                raise asked.refusal(unmet.error, "the member must act and prompt is none")
            return Screen(_route(unmet, asked), parked.id)
        if not _complete(unit, parked, now):
            return Restart(portal(client))
        done = self._issue(unit, unmet, facts, client, asked)
        unit.audit.add(AuditEvent(Tag.CODE_ISSUED, account=unmet.account, client=client.id))
        return done

    def park_device(self, unit: OidcUnit, typed: str, browser: Browser, now: Instant) -> str | None:
        """Park the request of the device whose code a member typed; None when there is no such device."""
        name = user_code_digest(typed)
        device = unit.devices.waiting(name, now) if name is not None else None
        client = unit.clients.get(device.client_id) if device is not None else None
        if device is None or client is None:
            return None
        asked = AuthorizationRequest.from_json(device.request)
        return self._park(unit, browser.digest, asked, _demand(client, asked, _not_before(asked, now)), None, now)

    def refuse(self, unit: OidcUnit, parked_id: str, browser: Browser, now: Instant) -> Done | Screen | Restart:
        """End a parked request because the member does not want it (RFC 6749 4.1.2.1)."""
        found = self.find(unit, parked_id, browser, now)
        if isinstance(found, Restart):
            return found
        if not _complete(unit, found.parked, now):
            return Restart(portal(found.client))
        account = found.facts.account.id if found.facts.member_is_here and found.facts.account else None
        unit.audit.add(AuditEvent(Tag.REQUEST_REFUSED, account=account, client=found.client.id))
        if found.asked.device is not None:
            unit.devices.deny(found.asked.device, now)
        refusal = found.asked.refusal("access_denied", "the member refused")
        return Done(found.asked.address, refusal.params, found.client.id)

    def find(self, unit: OidcUnit, parked_id: str, browser: Browser, now: Instant) -> Waiting | Restart:
        """Return a parked request that this browser may go on with, and what the gate decides on for it."""
        parked = unit.parked.get(parked_id)
        if parked is not None and not parked.browser and unit.parked.adopt(parked_id, browser.digest):
            parked = unit.parked.get(parked_id)
        client = unit.clients.get(parked.client_id) if parked is not None else None
        if parked is None or client is None:
            return Restart(None)
        asked = AuthorizationRequest.from_json(parked.request)
        demand = replace(parked.demand, asks=asks(client, asked), anew=asked.wants_consent)
        facts = look(unit, browser.cookie, demand, now)
        if not parked.belongs(browser.digest, now) or _is_anothers(parked, facts):
            return Restart(portal(client))
        return Waiting(parked, client, asked, facts)

    def _read(
        self, unit: OidcUnit, sent: Resolved, now: Instant
    ) -> tuple[Client, AuthorizationRequest, str | None]:
        """Return who asks, what, and the pushed request that says so, if one does."""
        meant, pushed = presented(unit, sent.pairs, now)
        client, asked = read_request(unit.clients, meant, self._keys.verify_own, self._offered, sent.refused)
        if client.metadata.require_pushed_authorization_requests and pushed is None:
            raise asked.refusal("invalid_request", "the client must push its requests")
        return client, asked, pushed

    def _look(
        self, unit: OidcUnit, browser: Browser, client: Client, asked: AuthorizationRequest, now: Instant
    ) -> Facts:
        """Read the facts, with the demand this request makes of this browser's present session."""
        facts = look(unit, browser.cookie, _demand(client, asked, _not_before(asked, now)), now)
        another = facts.member_is_here and not asked.is_silent and not _is_hinted(unit, facts, client, asked)
        if not asked.wants_login and not another:
            return facts
        differs_from = facts.session.auth_time if facts.session is not None else 0
        return replace(facts, demand=replace(facts.demand, differs_from=differs_from))

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
        demanded = wanted_claims(asked.claims).acr
        if demanded and acr not in demanded:
            raise asked.refusal("unmet_authentication_requirements", "no level demanded as essential was reached")
        code = None
        if CODE in asked.response_type.split():
            life = CODE_LIFE if asked.device is None else DEVICE_LIFE
            code = issue_code(unit, cleared, facts.session, client, asked, acr, facts.now, life)
        if asked.device is not None and code is not None:
            if not unit.devices.allow(asked.device, digest(code), facts.now):
                raise ShownError("error.device_over", 409)
            return Done(asked.address, {}, client.id)
        exchange = Exchange(unit, self._keys, self._issuer, client, facts.now)
        tokens = front_tokens(exchange, cleared, facts.session, asked, acr, code)
        return Done(asked.address, {**({} if code is None else {"code": code}), **tokens}, client.id)

    def _park(
        self,
        unit: OidcUnit,
        browser: str,
        asked: AuthorizationRequest,
        demand: Demand,
        pushed: str | None,
        now: Instant,
    ) -> str:
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
            pushed_id=pushed,
        )
        unit.parked.park(parked)
        return parked.id


def _demand(client: Client, asked: AuthorizationRequest, not_before: Instant | None) -> Demand:
    """Return what this request asks, with what every request of such a client does."""
    profile = profile_of(client.metadata)
    return Demand(
        client.id,
        not_before,
        own_password=profile.own_password,
        verified_email=profile.verified_email,
        asks=asks(client, asked),
        anew=asked.wants_consent,
    )


def _route(unmet: Prompt, asked: AuthorizationRequest) -> str:
    """Return the screen of a prompt: whoever has no account yet begins with one."""
    return "enrollment:start" if unmet is LOGIN and asked.wants_enrollment else unmet.route


def _complete(unit: OidcUnit, parked: Parked, now: Instant) -> bool:
    """Mark a request answered, and the pushed one that it presents: each once (law 2)."""
    if not unit.parked.complete(parked.id, now):
        return False
    return parked.pushed_id is None or unit.pushed.spend(parked.pushed_id, now)


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
