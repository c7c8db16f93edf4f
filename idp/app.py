"""The composition root: settings → adapters → features → routes → contributions.

What features contribute to one another is listed here and nowhere else: oidc tells sign-in which portal a request
comes from and the space which services there are; signin tells every page whom to greet; post delivers effects.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from idp.accounts.account import Account
from idp.accounts.terms import Terms
from idp.enrollment import routes as enrollment
from idp.enrollment.disclosure import Uniform
from idp.enrollment.needs import EnrollmentNeeds
from idp.enrollment.vouching import Vouching
from idp.federating import make_upstream
from idp.house import House
from idp.kernel.clock import Instant, paris_date
from idp.kernel.errors import OperatorError, ShownError
from idp.kernel.keyring import KeyPurpose, current
from idp.kernel.tickets import Tickets
from idp.members.member import Member
from idp.members.registry import Registry
from idp.oidc import routes as oidc
from idp.oidc.client_keys import ClientKeys
from idp.oidc.consent import CONSENT
from idp.oidc.cors import CrossOrigin
from idp.oidc.frontchannel import frames
from idp.oidc.keys import SigningKeys
from idp.oidc.needs import OidcNeeds
from idp.oidc.offered import Offered, offered
from idp.oidc.portals import portal_of, services, withdraw
from idp.post.crew import Crew
from idp.posting import make_crew
from idp.settings import Settings
from idp.signin import routes as signin
from idp.signin.needs import NoUpstream, OwnPage, Portal, SignInNeeds
from idp.signin.parked import Parked
from idp.signin.policy import POLICY
from idp.signin.ports import PortalSession
from idp.signing import follow, fresh, signing_keys, warn
from idp.space import account
from idp.space import home as space
from idp.storage.attempts import SqlAttempts
from idp.storage.question_shares import question_shares
from idp.storage.registry import ImportedRegistry, Threads
from idp.storage.unit import Unit
from idp.web import public
from idp.web.beats import Beats
from idp.web.cookies import Cookies
from idp.web.errors import ErrorPages
from idp.web.issuer import Issuer
from idp.web.middleware import Envelope
from idp.web.pages import Contact, Pages, Statics
from idp.web.shell import Shell
from idp.web.source import Sources
from idp.web.words import Catalogue


def build(house: House, *, worker: bool = True) -> ASGIApp:
    """Return the whole provider as an ASGI application; ``worker`` runs the post in its lifespan."""
    made = _compose(house)
    warn(house.ring, house.keys, house.clock.now())
    post = make_crew(house, made.pages, made.keys) if worker else None
    made.app.router.lifespan_context = _lifespan(post, house, made.beside)
    return Envelope(made.app, hsts=Issuer(house.settings.issuer).is_https)


def make_post(house: House) -> Crew:
    """Return the workers of the post alone; its letters and mails name pages by their routes."""
    made = _compose(house)
    return make_crew(house, made.pages, made.keys)


@dataclass(frozen=True)
class _Composed:
    """The application, the renderer, the signing keys, and what runs beside the requests."""

    app: Starlette
    pages: Pages
    keys: SigningKeys
    beside: Callable[[], Coroutine[Any, Any, None]]


def _compose(house: House) -> _Composed:
    settings = house.settings
    issuer = Issuer(settings.issuer)
    offering = offered(certification=settings.certification)
    app = Starlette()

    def url(name: str, **params: str) -> str:
        return str(app.url_path_for(name, **params))

    pages = make_pages(settings, url)
    ticket_key = current(house.ring, KeyPurpose.TICKETS, house.clock.now())
    tickets = Tickets(next(key.material for key in house.keys if key.kid == ticket_key.kid))
    shell = Shell(
        issuer=issuer,
        clock=house.clock,
        pages=pages,
        cookies=Cookies(issuer, tells_state=offering.session_management),
        tickets=tickets,
        beats=Beats(house.database.pool_size),
        sources=Sources(settings.proxies),
        url=url,
    )
    attempts = SqlAttempts(house.database)
    registry = make_registry(house, shell.beats.ask)
    upstream = make_upstream(house)
    shell.upstream = upstream.offer if upstream else None
    signin_needs = SignInNeeds(
        shell,
        house.begin,
        attempts,
        house.hasher,
        house.pepper,
        POLICY,
        _portal_of,
        upstream.sessions(shell) if upstream else NoUpstream(),
        _own_pages(linking=upstream is not None),
        _frames_of(issuer.url, offering),
    )
    shell.block_of = signin.Greeter(signin_needs)
    enrollment_needs = EnrollmentNeeds(
        shell,
        house.begin,
        attempts,
        registry,
        settings.proof_tries,
        settings.letter_password_days,
        confirm_all=settings.confirmation_letters == "always",
        uniform=_uniform(house),
        sign_in=partial(upstream.open_proven, signin_needs) if upstream else None,
    )
    keys = signing_keys(house)
    outbound = house.outbound()
    oidc_needs = OidcNeeds(
        shell,
        fresh(house.begin, keys, house.clock),
        keys,
        (*POLICY, CONSENT),
        signin_needs.upstream,
        offering,
        attempts,
        outbound,
        ClientKeys(outbound, house.clock),
        settings.registration,
    )

    def card_of(unit: Unit, known: Account) -> account.FranceConnectCard | None:
        return account.FranceConnectCard(upstream.offer.name, upstream.linked_at(unit, known)) if upstream else None

    def current_terms() -> Terms:
        with house.begin(write=False) as unit:
            return unit.accounts.current_terms()

    app.router.routes.extend(
        [
            *public.routes(shell, current_terms, settings.contact_url),
            *enrollment.routes(enrollment_needs),
            *signin.routes(signin_needs),
            *space.routes(space.SpaceNeeds(signin_needs, registry, _services_of(issuer.url))),
            account.route(account.AccountNeeds(signin_needs, house.begin, card_of, _AllowedPortals())),
            *oidc.routes(oidc_needs),
            *(upstream.routes(signin_needs, house.begin, Vouching(enrollment_needs)) if upstream else []),
        ]
    )
    errors = ErrorPages(shell)
    app.add_exception_handler(ShownError, errors.shown)
    app.add_exception_handler(HTTPException, errors.http)
    app.router.redirect_slashes = False
    app.add_middleware(CrossOrigin, paths=[url(name) for name in oidc.CROSS_ORIGIN])
    app.add_exception_handler(Exception, errors.fault)
    return _Composed(app, pages, keys, partial(follow, keys, shell.beats, house.clock))


def _own_pages(*, linking: bool) -> dict[str, OwnPage]:
    """Return the pages of ours that a sign-in may lead back to, by the word of its form."""
    pages = {"mon-compte": OwnPage("account:home")}
    return {**pages, "franceconnect": OwnPage("franceconnect:link", fresh=True)} if linking else pages


class _AllowedPortals:
    """See ``space.account.AllowedPortals``."""

    def of(self, unit: Unit, known: Account) -> tuple[account.AllowedPortal, ...]:
        """Return the portals that are still clients of ours."""
        given = [(consent, unit.clients.get(consent.client_id)) for consent in unit.consents.of_account(known.id)]
        return tuple(
            account.AllowedPortal(client.id, client.name, consent.given_at) for consent, client in given if client
        )

    def withdraw(self, unit: Unit, known: Account, client_id: str, now: Instant) -> bool:
        """Forget, and end what hangs on it."""
        return withdraw(unit, known.id, client_id, now)


def _portal_of(unit: Unit, parked: Parked) -> Portal | None:
    return portal_of(unit.clients, parked)


def _frames_of(issuer: str, offering: Offered) -> Callable[[Unit, tuple[PortalSession, ...]], tuple[str, ...]]:
    def frames_of(unit: Unit, portals: tuple[PortalSession, ...]) -> tuple[str, ...]:
        return frames(unit.clients, portals, issuer, offering)

    return frames_of


def _services_of(issuer: str) -> Callable[[Unit, Member], tuple[space.Service, ...]]:
    def services_of(unit: Unit, member: Member) -> tuple[space.Service, ...]:
        tiles = services(unit.clients, issuer, member.situation)
        return tuple(space.Service(tile.title, tile.text, tile.url) for tile in tiles)

    return services_of


def make_pages(settings: Settings, url: Callable[..., str]) -> Pages:
    """Return the renderer of pages and mails."""
    contact = Contact(settings.contact_phone, settings.contact_hours, settings.contact_url, settings.contact_address)
    return Pages(Catalogue("fr"), settings.organisation, contact, url, Statics())


def make_registry(house: House, run: Threads) -> Registry:
    """Return who judges answers: the imported tables, or the fund's registry over HTTP; ``run`` does database work.

    Raises ``OperatorError`` for credentials that cannot be used.
    """
    settings = house.settings
    if settings.registry_url is None:
        return ImportedRegistry(house.database, house.pepper, house.clock, run, settings.proof_common)
    from idp.adapters.registry_credentials import read_credentials
    from idp.adapters.registry_http import HttpRegistry, MemberReference

    if settings.registry_key is None:
        raise OperatorError("IDP_REGISTRY_URL needs IDP_REGISTRY_KEY: the registry is never asked anonymously")
    credentials = read_credentials(
        settings.registry_url,
        settings.issuer,
        settings.path(settings.registry_key),
        settings.path(settings.registry_certificate) if settings.registry_certificate else None,
        settings.path(settings.registry_ca) if settings.registry_ca else None,
    )

    def look(member_id: str) -> MemberReference | None:
        with house.begin(write=False) as unit:
            known = unit.members.known_to_fund_as(member_id)
        return None if known is None else MemberReference(*known)

    async def reference_of(member_id: str) -> MemberReference | None:
        return await run(lambda: look(member_id))

    outbound = house.outbound(settings.registry_url)
    return HttpRegistry(outbound, settings.registry_url, credentials, reference_of, house.clock)


def _uniform(house: House) -> Uniform | None:
    if house.settings.enrollment_disclosure == "guide":
        return None
    with house.database.begin(write=False) as connection:
        return Uniform(house.pepper, question_shares(connection, paris_date(house.clock.now())))


def _lifespan(
    post: Crew | None, house: House, beside: Callable[[], Coroutine[Any, Any, None]]
) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return what runs around the serving: the post and ``beside`` begin with it and end with it."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if post is not None:
            post.start()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(beside)
                yield
                tasks.cancel_scope.cancel()
        finally:
            if post is not None:
                post.stop()
            house.close()

    return lifespan
