"""The composition root: settings → adapters → features → routes → contributions.

What features contribute to one another is listed here and nowhere else: oidc tells sign-in which portal a request
comes from and the space which services there are; signin tells every page whom to greet; post delivers effects.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from idp.accounts.password import Hasher
from idp.accounts.terms import Terms
from idp.adapters import key_folder
from idp.adapters.smtp import transport_for
from idp.enrollment import routes as enrollment
from idp.enrollment.needs import EnrollmentNeeds
from idp.kernel.clock import Clock, SystemClock
from idp.kernel.effects import Lane
from idp.kernel.errors import ShownError
from idp.kernel.ids import new_id
from idp.kernel.keyring import KeyFile, KeyPurpose, RingEntry, current
from idp.kernel.tickets import Tickets
from idp.kernel.vault import Pepper, Vault
from idp.members.member import Member
from idp.oidc import routes as oidc
from idp.oidc.keys import SigningKeys
from idp.oidc.needs import OidcNeeds
from idp.oidc.portals import portal_of, services
from idp.post.message import read_sender
from idp.post.provisional_mail import Frame, ProvisionalMail
from idp.post.worker import Worker
from idp.settings import Settings
from idp.signin import routes as signin
from idp.signin.needs import Portal, SignInNeeds
from idp.signin.parked import Parked
from idp.signin.policy import POLICY
from idp.space import home as space
from idp.storage.attempts import SqlAttempts
from idp.storage.database import Database
from idp.storage.key_ring import SqlKeyRing
from idp.storage.migrate import require_current
from idp.storage.outbox import SqlQueue
from idp.storage.registry import ImportedRegistry
from idp.storage.unit import Begin, Unit, units
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


@dataclass(frozen=True)
class House:
    """One node, put together: what ``idp serve`` runs, what commands and tests use."""

    settings: Settings
    clock: Clock
    database: Database
    begin: Begin
    pepper: Pepper
    vault: Vault
    hasher: Hasher
    keys: tuple[KeyFile, ...]
    ring: tuple[RingEntry, ...]

    def close(self) -> None:
        """Close the database's connections."""
        self.database.close()


def open_house(settings: Settings, clock: Clock | None = None, hasher: Hasher | None = None) -> House:
    """Open the database and the keys. Raises ``OperatorError`` for an old schema, a missing or differing key file."""
    clock = clock or SystemClock()
    database = Database(settings.database, clock)
    require_current(database)
    with database.begin(write=False) as connection:
        ring = SqlKeyRing(connection).entries()
    keys = key_folder.of_ring(key_folder.read(settings.path(settings.keys_dir)), ring)
    pepper = Pepper({key.version: key.material for key in keys if key.purpose is KeyPurpose.LOOKUP})
    vault = Vault({key.version: key.material for key in keys if key.purpose is KeyPurpose.VAULT})
    begin = units(database, pepper, vault)
    return House(settings, clock, database, begin, pepper, vault, hasher or Hasher(), keys, ring)


def build(house: House, *, worker: bool = True) -> ASGIApp:
    """Return the whole provider as an ASGI application; ``worker`` runs the post in its lifespan."""
    settings = house.settings
    issuer = Issuer(settings.issuer)
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
        cookies=Cookies(issuer),
        tickets=tickets,
        beats=Beats(house.database.pool_size),
        sources=Sources(settings.proxies),
        url=url,
    )
    attempts = SqlAttempts(house.database)
    registry = ImportedRegistry(house.database, house.pepper, house.clock)
    signin_needs = SignInNeeds(shell, house.begin, attempts, house.hasher, house.pepper, POLICY, _portal_of)
    shell.block_of = signin.Greeter(signin_needs)
    enrollment_needs = EnrollmentNeeds(
        shell, house.begin, attempts, registry, settings.proof_tries, settings.letter_password_days
    )
    oidc_needs = OidcNeeds(shell, house.begin, SigningKeys(house.keys, house.ring), POLICY)

    def current_terms() -> Terms:
        with house.begin(write=False) as unit:
            return unit.accounts.current_terms()

    app.router.routes.extend(
        [
            *public.routes(shell, current_terms, settings.contact_url),
            *enrollment.routes(enrollment_needs),
            *signin.routes(signin_needs),
            *space.routes(space.SpaceNeeds(signin_needs, registry, _services_of(issuer.url))),
            *oidc.routes(oidc_needs),
        ]
    )
    errors = ErrorPages(shell)
    app.add_exception_handler(ShownError, errors.shown)
    app.add_exception_handler(HTTPException, errors.http)
    app.router.redirect_slashes = False
    app.router.lifespan_context = _lifespan(make_worker(house, pages) if worker else None, house)

    app.add_exception_handler(Exception, errors.fault)
    return Envelope(app, hsts=issuer.is_https)


def _portal_of(unit: Unit, parked: Parked) -> Portal | None:
    return portal_of(unit.clients, parked)


def _services_of(issuer: str) -> Callable[[Unit, Member], tuple[space.Service, ...]]:
    def services_of(unit: Unit, member: Member) -> tuple[space.Service, ...]:
        tiles = services(unit.clients, issuer, member.situation)
        return tuple(space.Service(tile.title, tile.text, tile.url) for tile in tiles)

    return services_of


def make_pages(settings: Settings, url: Callable[..., str]) -> Pages:
    """Return the renderer of pages and mails."""
    contact = Contact(settings.contact_phone, settings.contact_hours, settings.contact_url, settings.contact_address)
    return Pages(Catalogue("fr"), settings.organisation, contact, url, Statics())


def make_worker(house: House, pages: Pages) -> Worker:
    """Return the worker of the post, woken by the commits of this process."""
    settings = house.settings
    wake = threading.Event()
    house.database.after_commit.append(wake.set)
    outbox = SqlQueue(house.database)
    transport = transport_for(settings.smtp_url, settings.mail_folder)
    frame = Frame(read_sender(settings.mail_from), Issuer(settings.issuer), pages.url("signin:login"))
    mail = ProvisionalMail(outbox, transport, frame, pages.text, pages.t)
    owner = f"{socket.gethostname()}:{os.getpid()}:{new_id()[:6]}"
    return Worker(outbox, {Lane.MAIL: mail}, house.clock, wake, owner)


def _lifespan(worker: Worker | None, house: House) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return what runs around the serving: the post begins with it and ends with it."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if worker is not None:
            worker.start()
        try:
            yield
        finally:
            if worker is not None:
                worker.stop()
            house.close()

    return lifespan
