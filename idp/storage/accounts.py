"""Accounts, passwords, provisional passwords, deliveries and the terms."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, delete, func, insert, null, or_, select, true, update

from idp.accounts.account import BY_FRANCECONNECT, BY_LETTER, Account, Channel, Delivery
from idp.accounts.provisional import Provisional
from idp.accounts.terms import Acceptance, Terms
from idp.kernel.clock import Instant
from idp.kernel.ids import new_id
from idp.storage.freezing import burn
from idp.storage.tables import accounts, deliveries, passwords, provisionals, terms, terms_acceptances, upstream_links
from idp.storage.upsert import insert_or_ignore

_ACCEPTED = (
    select(func.coalesce(func.max(terms_acceptances.c.revision), 0))
    .where(terms_acceptances.c.account_id == accounts.c.id)
    .correlate(accounts)
    .scalar_subquery()
)
_ACCOUNT = select(
    accounts.c.id,
    accounts.c.member_id,
    accounts.c.epoch,
    accounts.c.opened_at,
    accounts.c.frozen_at,
    accounts.c.closed_at,
    accounts.c.email,
    accounts.c.email_verified_at,
    accounts.c.phone,
    passwords.c.account_id.is_not(None).label("has_password"),
    _ACCEPTED.label("terms_accepted"),
    accounts.c.proven_by,
    accounts.c.documents_by_email_at,
).outerjoin_from(accounts, passwords, passwords.c.account_id == accounts.c.id)
_BY_ID = _ACCOUNT.where(accounts.c.id == bindparam("id_"))
_BY_MEMBER = _ACCOUNT.where(accounts.c.member_id == bindparam("member_"))
_HASH = select(passwords.c.hash).where(passwords.c.account_id == bindparam("id_"))
_PROVISIONAL = (
    select(
        provisionals.c.id,
        provisionals.c.account_id,
        provisionals.c.delivery_id,
        provisionals.c.copy,
        provisionals.c.channel,
        provisionals.c.address,
        provisionals.c.epoch,
        provisionals.c.expires_at,
    )
    .join_from(provisionals, accounts, accounts.c.id == provisionals.c.account_id)
    .where(
        provisionals.c.account_id == bindparam("id_"),
        provisionals.c.digest == bindparam("digest_"),
        provisionals.c.epoch == accounts.c.epoch,
    )
)
_DELIVERIES = select(*(deliveries.c[name] for name in Delivery.__slots__))
_LIVE_DELIVERY = (
    _DELIVERIES.join_from(deliveries, accounts, accounts.c.id == deliveries.c.account_id)
    .where(
        deliveries.c.account_id == bindparam("id_"),
        deliveries.c.epoch == accounts.c.epoch,
        deliveries.c.closed_at.is_(None),
        or_(
            and_(deliveries.c.channel == Channel.EMAIL, deliveries.c.created_at > bindparam("mailed_")),
            and_(deliveries.c.channel == Channel.POST, deliveries.c.created_at > bindparam("posted_")),
        ),
    )
    .order_by(deliveries.c.created_at.desc())
    .limit(1)
)
_LETTERS = select(func.count()).where(
    deliveries.c.account_id == bindparam("id_"),
    deliveries.c.channel == Channel.POST,
    deliveries.c.created_at > bindparam("since_"),
    deliveries.c.created_at < bindparam("before_"),
)
_TERMS = select(terms).where(terms.c.language == "fr").order_by(terms.c.revision.desc()).limit(1)


class SqlAccounts:
    """Accounts over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, account_id: str) -> Account | None:
        """See ``signin.ports.AccountStore``."""
        return self._account(_BY_ID, {"id_": account_id})

    def of_member(self, member_id: str) -> Account | None:
        """See ``signin.ports.AccountStore``."""
        return self._account(_BY_MEMBER, {"member_": member_id})

    def _account(self, statement: object, values: dict[str, object]) -> Account | None:
        row = self._connection.execute(statement, values).one_or_none()  # type: ignore[call-overload]
        if row is None:
            return None
        facts = row._asdict()
        return Account(**{**facts, "has_password": bool(facts["has_password"])})

    def ensure(self, member_id: str, now: Instant) -> Account:
        """Return the member's account, made with epoch 0 when this is the first delivery."""
        row = {"id": new_id(), "member_id": member_id, "epoch": 0, "created_at": now}
        self._connection.execute(insert_or_ignore(self._connection, accounts), row)
        account = self.of_member(member_id)
        if account is None:
            raise LookupError(member_id)
        return account

    def lock(self, account_id: str) -> Account | None:
        """Return the account with its row locked until the end of this unit of work (a no-op on SQLite, whose
        writers are alone)."""
        self._connection.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())
        return self.get(account_id)

    def keep_contact(self, account_id: str, email: str, phone: str | None) -> None:
        """See ``enrollment.ports.Accounts``."""
        self._connection.execute(
            update(accounts)
            .where(accounts.c.id == account_id, accounts.c.opened_at.is_(None))
            .values(email=email, email_verified_at=None, phone=phone)
        )

    def choose_documents(self, account_id: str, by_email_at: Instant | None) -> None:
        """See ``space.account.Accounts``."""
        self._connection.execute(
            update(accounts).where(accounts.c.id == account_id).values(documents_by_email_at=by_email_at)
        )

    # --- passwords ------------------------------------------------------------------------------------------------

    def password_hash(self, account_id: str) -> str | None:
        """See ``signin.ports.AccountStore``."""
        return self._connection.execute(_HASH, {"id_": account_id}).scalar_one_or_none()

    def rehash(self, account_id: str, old: str, new: str) -> None:
        """See ``signin.ports.AccountStore``."""
        self._connection.execute(
            update(passwords).where(passwords.c.account_id == account_id, passwords.c.hash == old).values(hash=new)
        )

    def provisional(self, account_id: str, digest: str) -> Provisional | None:
        """See ``signin.ports.AccountStore``."""
        return self._provisional({"id_": account_id, "digest_": digest})

    def _provisional(self, values: dict[str, str]) -> Provisional | None:
        row = self._connection.execute(_PROVISIONAL, values).one_or_none()
        if row is None:
            return None
        facts = row._asdict()
        return Provisional(**{**facts, "channel": Channel(facts["channel"])})

    def provisional_by_id(self, provisional_id: str) -> Provisional | None:
        """Return a copy by its id, or None once burned."""
        found = self._connection.execute(
            select(provisionals.c.account_id, provisionals.c.digest).where(provisionals.c.id == provisional_id)
        ).one_or_none()
        return None if found is None else self._provisional({"id_": found.account_id, "digest_": found.digest})

    def complete_change(
        self, account_id: str, epoch: int, password_hash: str, provisional: Provisional | None, now: Instant
    ) -> bool:
        """See ``signin.ports.AccountStore`` (laws 1 and 4)."""
        posted = provisional is not None and provisional.channel is Channel.POST
        values: dict[str, object] = {
            "epoch": epoch + 1,
            "frozen_at": None,
            "opened_at": func.coalesce(accounts.c.opened_at, now),
            "proven_by": _proven_by(provisional),
        }
        if posted:
            # Who froze the account may have been a thief's victim: what is kept of before may be the thief's.
            frozen = select(accounts.c.id).where(accounts.c.id == account_id, accounts.c.frozen_at.is_not(None))
            self._connection.execute(delete(upstream_links).where(upstream_links.c.account_id.in_(frozen)))
            for name in ("email", "email_verified_at", "phone", "documents_by_email_at"):
                values[name] = case((accounts.c.frozen_at.is_not(None), null()), else_=accounts.c[name])
        if provisional is not None and provisional.channel is Channel.EMAIL:
            # An address already known stays verified since it first was: a forgotten password asks for a week of it.
            known = accounts.c.email == provisional.address
            since = case((known, func.coalesce(accounts.c.email_verified_at, now)), else_=now)
            values |= {"email": provisional.address, "email_verified_at": since}
        if provisional is not None and not posted:
            phone = select(deliveries.c.phone).where(deliveries.c.id == provisional.delivery_id).scalar_subquery()
            values["phone"] = func.coalesce(phone, accounts.c.phone)
        raised = self._connection.execute(
            update(accounts)
            .where(
                accounts.c.id == account_id,
                accounts.c.epoch == epoch,
                true() if posted else accounts.c.frozen_at.is_(None),  # a letter is the way back
                accounts.c.closed_at.is_(None),
            )
            .values(values)
        )
        if raised.rowcount != 1:
            return False
        burn(self._connection, account_id, now)
        self._connection.execute(delete(passwords).where(passwords.c.account_id == account_id))
        self._connection.execute(insert(passwords), {"account_id": account_id, "hash": password_hash, "set_at": now})
        return True

    # --- deliveries -----------------------------------------------------------------------------------------------

    def owe(self, delivery: Delivery, reason: str) -> None:
        """Remember that a provisional password is owed."""
        self._connection.execute(
            insert(deliveries),
            {
                "id": delivery.id,
                "account_id": delivery.account_id,
                "epoch": delivery.epoch,
                "channel": delivery.channel,
                "address": delivery.address,
                "phone": delivery.phone,
                "reason": reason,
                "created_at": delivery.created_at,
                "closed_at": delivery.closed_at,
                "proof": delivery.proof,
            },
        )

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return a delivery."""
        row = self._connection.execute(_DELIVERIES.where(deliveries.c.id == delivery_id)).one_or_none()
        return None if row is None else _delivery(row)

    def close_delivery(self, delivery_id: str, now: Instant) -> None:
        """Let no further copy of a delivery leave the house; what left still works (law 4)."""
        self._connection.execute(
            update(deliveries)
            .where(deliveries.c.id == delivery_id, deliveries.c.closed_at.is_(None))
            .values(closed_at=now)
        )

    def live_delivery(self, account_id: str, mailed_since: Instant, posted_since: Instant) -> Delivery | None:
        """Return the newest open delivery of the current epoch made after these instants."""
        row = self._connection.execute(
            _LIVE_DELIVERY, {"id_": account_id, "mailed_": mailed_since, "posted_": posted_since}
        ).one_or_none()
        return None if row is None else _delivery(row)

    def letters(self, account_id: str, since: Instant, before: Instant) -> int:
        """Count the letters owed after ``since`` and before ``before``."""
        counted = self._connection.execute(_LETTERS, {"id_": account_id, "since_": since, "before_": before})
        return counted.scalar_one()

    # --- terms ------------------------------------------------------------------------------------------------------

    def current_terms(self) -> Terms:
        """See ``accounts.terms.TermsStore``."""
        row = self._connection.execute(_TERMS).one_or_none()
        if row is None:
            raise LookupError("no terms are published: run idp migrate")
        return Terms(**row._asdict())

    def publish_terms(self, new: Terms) -> None:
        """Add a revision in one language."""
        self._connection.execute(insert(terms), {name: getattr(new, name) for name in Terms.__slots__})

    def accept_terms(self, account_id: str, acceptance: Acceptance) -> None:
        """See ``accounts.terms.TermsStore``."""
        self._connection.execute(
            insert_or_ignore(self._connection, terms_acceptances),
            {
                "account_id": account_id,
                "revision": acceptance.revision,
                "language": acceptance.language,
                "digest": acceptance.digest,
                "accepted_at": acceptance.accepted_at,
            },
        )


def _proven_by(used: Provisional | None) -> object:
    """Return how the member was known: without a provisional password it was an upstream provider."""
    if used is None:
        return BY_FRANCECONNECT
    if used.channel is Channel.POST:
        return BY_LETTER
    return select(deliveries.c.proof).where(deliveries.c.id == used.delivery_id).scalar_subquery()


def _delivery(row: Row[*tuple[Any, ...]]) -> Delivery:
    facts = row._asdict()
    return Delivery(**{**facts, "channel": Channel(facts["channel"])})
