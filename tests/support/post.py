"""A house whose post can be watched: one member is owed a password, workers come, crash and are replaced."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from email.message import EmailMessage

from sqlalchemy import Connection, insert, select

from idp.accounts.account import Channel, Delivery
from idp.accounts.grammar import Fit
from idp.accounts.provisional import fit, word_digest
from idp.kernel.clock import Instant
from idp.kernel.effects import Kind, Mail
from idp.kernel.ids import new_id
from idp.post.deliverer import MailTransport
from idp.post.message import read_sender
from idp.post.outbox import Queue
from idp.post.provisional_mail import Frame, ProvisionalMail
from idp.post.worker import Worker
from idp.storage.accounts import SqlAccounts
from idp.storage.database import Database
from idp.storage.outbox import SqlOutbox, SqlQueue
from idp.storage.tables import members, outbox
from idp.web.issuer import Issuer
from idp.web.pages import Contact, Pages, Statics
from idp.web.words import Catalogue
from tests.support.clock import FakeClock
from tests.support.smtp import part

ADDRESS = "marie@exemple.test"
FRAME = Frame(
    sender=read_sender("Votre caisse <ne-pas-repondre@fonds.test>"),
    issuer=Issuer("https://compte.fonds.test"),
    signin_path="/connexion",
)


CONTACT = Contact("03 53 01 24 60", "9 h", "https://fonds.test", "1 rue X")
PAGES = Pages(Catalogue("fr"), "Caisse", CONTACT, lambda name, **_: f"/{name}", Statics())


class Crash(BaseException):
    """The process dies here: nobody catches it."""


@dataclass
class KeptMails:
    """A way out that keeps what it is given."""

    messages: list[EmailMessage] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        self.messages.append(message)


def word_of(message: EmailMessage) -> str:
    """Return the word of a mail: the one line of its text part that is a single unbroken word."""
    lonely = [line.strip() for line in part(message, "plain").splitlines() if len(line.split()) == 1]
    assert len(lonely) == 1, "the password stands alone, and nothing else does"
    assert fit(lonely[0]) is Fit.RIGHT
    return lonely[0]


class Post:
    """The post over a real database."""

    def __init__(self, database: Database, clock: FakeClock, transport: MailTransport) -> None:
        self.database = database
        self.clock = clock
        self.transport = transport
        self.outbox = SqlQueue(database)
        self.wake = threading.Event()

    def owe(self, address: str = ADDRESS) -> Delivery:
        """A new member, an account, and a delivery whose first copy is in the outbox."""
        now = self.clock.now()
        member = new_id()
        with self.database.begin() as connection:
            connection.execute(
                insert(members),
                {
                    "id": member,
                    "nir": b"sealed",
                    "birth_name": "Martin",
                    "given_names": "Marie Anne",
                    "usage_name": "Le Goff",
                    "gender": "female",
                    "birthdate": "1953-07-12",
                    "birthcountry": "99100",
                    "situation": "particulier",
                    "health_rights": 1,
                    "imported_at": now,
                },
            )
            store = SqlAccounts(connection)
            account = store.ensure(member, now)
            delivery = Delivery(new_id(), account.id, account.epoch, Channel.EMAIL, address, None, now, None)
            store.owe(delivery, "right")
            SqlOutbox(connection).put(Mail(delivery.id, 1), now)
        self.wake.set()
        return delivery

    def worker(
        self,
        *,
        transport: MailTransport | None = None,
        outbox: Queue | None = None,
    ) -> Worker:
        """A fresh worker; its parts can be replaced by ones that crash."""
        deliverer = ProvisionalMail(
            outbox or self.outbox,
            transport or self.transport,
            FRAME,
            PAGES.text,
            PAGES.t,
        )
        return Worker(outbox or self.outbox, {Kind.PROVISIONAL_MAIL: deliverer}, self.clock, self.wake, new_id())

    def is_live(self, delivery: Delivery, word: str) -> bool:
        """Whether a word would be honoured at sign-in now."""
        with self.database.begin(write=False) as connection:
            found = SqlAccounts(connection).provisional(delivery.account_id, word_digest(word))
        return found is not None and found.expires_at > self.clock.now()

    def change(self, delivery: Delivery, word: str) -> bool:
        """The member signs in with ``word`` and completes the change."""
        with self.database.begin() as connection:
            return self.change_within(connection, delivery, word)

    def change_within(self, connection: Connection, delivery: Delivery, word: str) -> bool:
        """The same, in a unit of work that the caller ends."""
        store = SqlAccounts(connection)
        account = store.lock(delivery.account_id)
        assert account is not None
        provisional = store.provisional(account.id, word_digest(word))
        assert provisional is not None
        return store.complete_change(account.id, account.epoch, "argon", provisional, self.clock.now())

    def row(self, delivery: Delivery) -> Row:
        """The outbox row of the first copy."""
        with self.database.begin(write=False) as connection:
            found = connection.execute(
                select(*(outbox.c[name] for name in Row.__slots__))
                .where(outbox.c.delivery_id == delivery.id)
                .order_by(outbox.c.copy)
            ).first()
        assert found is not None
        return Row(*found)


@dataclass(frozen=True, slots=True)
class Row:
    """What the outbox says of a job."""

    outcome: str | None
    due_at: Instant | None
    tries: int
    last_error: str | None
    done_at: Instant | None
