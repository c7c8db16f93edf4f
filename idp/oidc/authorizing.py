"""The decision of the authorization endpoint, in one unit of work: a code, a screen, or an error for the client.

A demand is fixed when the request is parked and met by a newer fact (design section 6); nothing is recomputed on
resume. The silent path writes nothing but the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from idp.accounts.account import Account
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import SECOND, Instant
from idp.kernel.errors import ShownError
from idp.kernel.ids import new_id
from idp.oidc.checks import read_request
from idp.oidc.clients import Client
from idp.oidc.consent import asks
from idp.oidc.devices import user_code_digest
from idp.oidc.exchange import Exchange
from idp.oidc.issuing import is_hinted, issue
from idp.oidc.keys import SigningKeys
from idp.oidc.offered import Offered
from idp.oidc.portals import portal
from idp.oidc.ports import OidcUnit
from idp.oidc.profiles import profile_of
from idp.oidc.pushing import kept_hint, presented
from idp.oidc.requests import Address, AuthorizationRequest, Resolved
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
        here = _member(facts)
        if here is not None and parked.account_id is None:
            unit.parked.stamp(parked.id, here.id, here.epoch)
        unmet = clear(facts, self._policy)
        if isinstance(unmet, Prompt):
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
        here = _member(found.facts)
        account = None if here is None else here.id
        unit.audit.add(AuditEvent(Tag.REQUEST_REFUSED, account=account, client=found.client.id))
        if found.asked.device is not None:
            unit.devices.deny(found.asked.device, now)
        refusal = found.asked.refusal("access_denied", "the member refused")
        return Done(found.asked.address, refusal.params, found.client.id)

    def find(self, unit: OidcUnit, parked_id: str, browser: Browser, now: Instant) -> Waiting | Restart:
        """Return a parked request that this browser may go on with, and what the gate decides on for it."""
        parked = unit.parked.get(parked_id)
        # Before the request is written: whoever removes the client holds it first, and its requests then.
        client = unit.clients.get(parked.client_id) if parked is not None else None
        if parked is not None and not parked.browser and unit.parked.adopt(parked_id, browser.digest):
            parked = unit.parked.get(parked_id)
        if parked is None or client is None:
            return Restart(None)
        asked = AuthorizationRequest.from_json(parked.request)
        # What the operator took away while the request waited is not granted any more.
        asked = replace(asked, scopes=client.granted(asked.scopes))
        if asked.device is None and asked.redirect_uri not in client.metadata.redirect_uris:
            return Restart(portal(client))  # taken back while the request waited (law 8)
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
        hint = self._keys.verify_own if pushed is None else kept_hint(meant)
        client, asked = read_request(unit.clients, meant, hint, self._offered, sent.refused)
        if client.metadata.require_pushed_authorization_requests and pushed is None:
            raise asked.refusal("invalid_request", "the client must push its requests")
        return client, asked, pushed

    def _look(
        self, unit: OidcUnit, browser: Browser, client: Client, asked: AuthorizationRequest, now: Instant
    ) -> Facts:
        """Read the facts, with the demand this request makes of this browser's present session."""
        facts = look(unit, browser.cookie, _demand(client, asked, _not_before(asked, now)), now)
        another = facts.member_is_here and not asked.is_silent and not is_hinted(unit, facts, client, asked)
        if not asked.wants_login and not another:
            return facts
        differs_from = facts.session.auth_time if facts.session is not None else 0
        return replace(facts, demand=replace(facts.demand, differs_from=differs_from))

    def _issue(
        self, unit: OidcUnit, cleared: Cleared, facts: Facts, client: Client, asked: AuthorizationRequest
    ) -> Done:
        exchange = Exchange(unit, self._keys, self._issuer, client, facts.now)
        done = Done(asked.address, issue(exchange, cleared, facts, asked), client.id)
        # Who takes a consent back holds the account, as what was written here does: they see that, or this sees them.
        if facts.demand.asks and not facts.demand.asks <= unit.consents.allowed(cleared.account, client.id):
            raise asked.refusal("access_denied", "the member took the consent back")
        return done

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
    """Return the screen of a prompt: whoever has no account yet begins with one. Raises ``ReturnedError`` for a request
    that allows no screen."""
    if asked.is_silent:
        raise asked.refusal(unmet.error, "the member must act and prompt is none")
    return "enrollment:start" if unmet is LOGIN and asked.wants_enrollment else unmet.route


def _complete(unit: OidcUnit, parked: Parked, now: Instant) -> bool:
    """Mark a request answered, and the pushed one that it presents: each once (law 2)."""
    if not unit.parked.complete(parked.id, now):
        return False
    return parked.pushed_id is None or unit.pushed.spend(parked.pushed_id, now)


def _not_before(asked: AuthorizationRequest, now: Instant) -> Instant | None:
    return None if asked.max_age is None else now - asked.max_age * SECOND


def _is_anothers(parked: Parked, facts: Facts) -> bool:
    here = _member(facts)
    return here is not None and parked.is_anothers(here.id, here.epoch)


def _member(facts: Facts) -> Account | None:
    """Return the account of the member who is signed in here, if anybody is."""
    return facts.account if facts.member_is_here else None
