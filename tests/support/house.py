"""The whole provider on a real port, with a clock moved by hand, the demo's members and a portal of the tests."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from idp.accounts import freeze
from idp.accounts.grammar import Fit
from idp.accounts.password import Hasher
from idp.accounts.provisional import WORD
from idp.adapters import key_folder
from idp.adapters.letter_spool import LetterSpool
from idp.app import build, make_post
from idp.demo.members import write_members
from idp.demo.people import PEOPLE
from idp.demo.person import Person
from idp.house import House, open_house
from idp.kernel.clock import DAY, paris_date
from idp.kernel.keyring import PAIRS, KeyFile, KeyPurpose, RingEntry
from idp.members.records import read_folder
from idp.oidc.key_pairs import new_pem, public_jwk
from idp.oidc.metadata import read_metadata
from idp.oidc.offered import offered
from idp.oidc.registration import add_client
from idp.post.crew import Crew
from idp.settings import Settings
from idp.storage.database import Database
from idp.storage.key_ring import SqlKeyRing
from idp.storage.members_import import import_members
from idp.storage.migrate import publish_first_terms
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.letters import see
from tests.support.server import served
from tests.support.smtp import SmtpServer, part, smtp_server

CHEAP = Hasher(time_cost=1, memory_kib=8)
"""argon2 at its cheapest: the tests judge decisions, not the cost of a guess."""

PASSWORD = "Tracteur-bleu-42"
MAIL = "camille@courriel.example"
CARD = next(person for person in PEOPLE if person.serial and person.photo and person.situation == "particulier")
BACK = next(person for person in PEOPLE if person.serial and person.photo is False)
PAYMENT = next(person for person in PEOPLE if not person.health_rights and person.payments)
FARMER = next(person for person in PEOPLE if person.situation == "exploitant")
UNASKED = next(person for person in PEOPLE if person.question == "aucune possible")
HOMELESS = next(person for person in PEOPLE if person.serial and not person.address[0])


@dataclass
class Running:
    """A provider that answers, and what a test may look at behind its back."""

    url: str
    house: House
    clock: FakeClock
    smtp: SmtpServer
    post: Crew
    folder: Path
    clients: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def browser(self, **headers: str) -> Iterator[Browser]:
        """Open a new browser."""
        with Browser(self.url, headers=headers) as browser:
            yield browser

    def deliver(self) -> list[str]:
        """Let the post work; return every provisional password that ever left, oldest first."""
        self.post.run_once()
        texts = [part(message, "plain") for message in self.smtp.messages]
        return [word for text in texts if (word := word_of(text))]

    def letters(self) -> list[str]:
        """Let the post work; return the code on every letter there is, the oldest letter first."""
        self.post.run_once()
        folder = self.folder / "var" / "letters"
        waiting = LetterSpool(folder, clock=self.clock).waiting()
        return [code_of((folder / f"{letter.name}.pdf").read_bytes()) for letter in waiting]

    def add_client(self, **metadata: Any) -> str:
        """Register a portal; returns its id. Its secret is in ``clients``."""
        whole = {
            "client_name": "Terres et Projets",
            "redirect_uris": ["http://127.0.0.1:9/retour"],
            "post_logout_redirect_uris": ["http://127.0.0.1:9/fini"],
            "grant_types": ["authorization_code", "refresh_token"],
            "scope": "openid profile email offline_access",
            **metadata,
        }
        certified = self.house.settings.certification
        with self.house.begin() as unit:
            added = add_client(unit, read_metadata(whole, offered(certification=certified)), self.clock.now())
        self.clients[added.client.id] = added.secret or ""
        return added.client.id


def word_of(text: str) -> str | None:
    """Return the provisional password of a mail's text part, the one line that is one word; None for a notice."""
    words = [line for line in text.splitlines() if line and " " not in line and "\u00a0" not in line]
    assert len(words) <= 1, words
    return words[0] if words else None


def code_of(pdf: bytes) -> str:
    """Return what is to be typed from a letter: a provisional password or a freeze code."""
    codes = [word for word in see(pdf).text.split() if WORD.fit(word) is Fit.RIGHT or freeze.fit(word) is Fit.RIGHT]
    assert len(codes) == 1, codes
    return codes[0]


@cache
def key_files() -> tuple[KeyFile, ...]:
    """Return the keys of the tests' houses; made once in a process, RSA is slow."""
    return tuple(
        KeyFile(
            secrets.token_hex(8),
            purpose,
            1,
            new_pem(purpose) if purpose in PAIRS else secrets.token_bytes(32),
        )
        for purpose in KeyPurpose
    )


@cache
def public_jwks() -> dict[str, str]:
    """Return what the ring tells of those keys, by id; reading an RSA key is slow as well."""
    return {key.kid: public_jwk(key) for key in key_files() if key.purpose in PAIRS}


@contextmanager
def running_house(database_url: str, clock: FakeClock, folder: Path, **settings: Any) -> Iterator[Running]:
    """Run a provider over an empty database that has the schema, on any free port unless ``port`` names one."""
    prepare(database_url, clock, folder)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", settings.pop("port", 0)))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with smtp_server() as smtp:
        chosen = Settings(
            **{
                "issuer": url,
                "database_url": database_url,
                "home": folder,
                "smtp_url": smtp.url,
                **settings,
            }
        )
        house = open_house(chosen, clock, CHEAP)
        import_demo(house, folder)
        app = build(house, worker=False)
        post = make_post(house)
        with served(app, listener):
            yield Running(url, house, clock, smtp, post, folder)


def prepare(database_url: str, clock: FakeClock, folder: Path) -> None:
    """Write the key files, fill the ring, and publish revision 1 of the terms."""
    keys = folder / "keys"
    for key in key_files():
        key_folder.write(keys, key)
    database = Database(database_url, clock)
    with database.begin() as connection:
        ring = SqlKeyRing(connection)
        for key in key_files():
            jwk = public_jwks().get(key.kid)
            ring.add(RingEntry(key.kid, key.purpose, key.version, key.fingerprint, jwk, clock.now() - DAY))
        publish_first_terms(connection, clock.now() - DAY)
    database.close()


def import_demo(house: House, folder: Path) -> None:
    """Take the demo's members."""
    source = folder / "members"
    if not source.exists():
        source.mkdir()
        write_members(source, paris_date(house.clock.now()))
    import_members(house.database, house.pepper, house.vault, house.clock, read_folder(source))


def enroll(browser: Browser, person: Person = CARD, *, mail: str = MAIL, answer: str | None = None) -> None:
    """Walk from *S'inscrire* to the page that says where the password goes."""
    browser.get("/inscription")
    walk_through(browser, person, mail=mail, answer=answer)


def walk_through(
    browser: Browser, person: Person = CARD, *, mail: str = MAIL, answer: str | None = None
) -> None:
    """Walk from the first question to the page that says where the password goes."""
    profile = "exploitant" if person.situation == "exploitant" else "particulier"
    browser.submit({"profile": profile})
    browser.submit({"nir": person.nir})
    browser.submit()
    browser.submit({"email": mail, "phone": "06 39 98 12 34"})
    if browser.page is not None and browser.page.path.endswith("/verification"):
        browser.submit({"answer": answer if answer is not None else person.answer})
    if browser.page is not None and browser.page.path.endswith("/messagerie"):
        browser.submit()
        browser.submit({"accept": "yes"})


def sign_in(browser: Browser, word: str, person: Person = CARD) -> None:
    """Type number and password on the page shown, or on the bare sign-in page."""
    if browser.page is None or browser.page.path != "/connexion":
        browser.get("/connexion")
    browser.submit({"identifier": person.nir, "password": word})


def change_password(browser: Browser, word: str = PASSWORD) -> None:
    """Choose an own password on the page that asks for it."""
    browser.submit({"new_password": word, "new_password_again": word})


def open_account(running: Running, person: Person = CARD, *, mail: str = MAIL, word: str = PASSWORD) -> None:
    """Enroll, receive, sign in, change: the member's account is open afterwards."""
    with running.browser() as browser:
        enroll(browser, person, mail=mail)
        sign_in(browser, running.deliver()[-1], person)
        change_password(browser, word)
        assert browser.page is not None
        assert browser.page.path == "/espace", browser.page.text
