"""The outbox in SQL: the worker's side, each call a unit of work, and the features' side, within theirs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    Update,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    update,
)

from idp.accounts.account import Channel, Delivery
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.kernel.effects import Effect, Lane, Letter, Mail
from idp.kernel.errors import Conflict
from idp.kernel.ids import new_id
from idp.post.outbox import LEASE, Job, LeaseLost, Outcome
from idp.storage.audit import SqlAudit
from idp.storage.database import Database
from idp.storage.tables import accounts, deliveries, members, outbox, provisionals
from idp.storage.upsert import insert_or_ignore

_TAGS: Mapping[Outcome, Tag] = {
    Outcome.SENT: Tag.DELIVERY_SENT,
    Outcome.DROPPED: Tag.DELIVERY_DROPPED,
    Outcome.FAILED: Tag.DELIVERY_FAILED,
}

_DUE = (
    select(outbox.c.id)
    .where(
        outbox.c.lane == bindparam("lane_"),
        outbox.c.due_at <= bindparam("now_"),
        or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= bindparam("now_")),
    )
    .order_by(outbox.c.due_at)
    .limit(bindparam("limit_"))
)
# SQLite leaves FOR UPDATE out: its writers are alone anyway.
_CLAIM = (
    update(outbox)
    .where(outbox.c.id.in_(_DUE.with_for_update(skip_locked=True)))
    .values(lease_owner=bindparam("owner_"), lease_until=bindparam("until_"), tries=outbox.c.tries + 1)
    .returning(outbox.c.id)
)
_JOBS = (
    select(
        outbox.c.id.label("job"),
        outbox.c.lane,
        outbox.c.copy,
        outbox.c.tries,
        outbox.c.created_at.label("put_at"),
        *(deliveries.c[name] for name in Delivery.__slots__),
        members.c.given_names,
        members.c.usage_name,
        members.c.birth_name,
    )
    .join_from(outbox, deliveries, deliveries.c.id == outbox.c.delivery_id)
    .join(accounts, accounts.c.id == deliveries.c.account_id)
    .join(members, members.c.id == accounts.c.member_id)
    .where(outbox.c.id.in_(bindparam("ids_", expanding=True)))
    .order_by(outbox.c.due_at)
)
_OURS = (outbox.c.id == bindparam("job_"), outbox.c.lease_owner == bindparam("owner_"))
_RENEW = update(outbox).where(*_OURS).values(lease_until=bindparam("until_"))
_SETTLE: Update = (
    update(outbox)
    .where(*_OURS)
    .values(
        lease_owner=None,
        lease_until=None,
        outcome=bindparam("outcome_"),
        due_at=bindparam("due_"),
        last_error=bindparam("error_"),
        done_at=bindparam("done_"),
    )
)
# The completed change updates the account first and burns the copies last: one of the two sees the other's.
_LOCK_ACCOUNT = select(accounts.c.id).where(accounts.c.id == bindparam("account_")).with_for_update(read=True)
_BEAR = (
    insert(provisionals)
    .from_select(
        [column.name for column in provisionals.c],
        select(
            bindparam("id_", type_=provisionals.c.id.type),
            deliveries.c.account_id,
            deliveries.c.id,
            bindparam("copy_", type_=provisionals.c.copy.type),
            deliveries.c.channel,
            deliveries.c.address,
            bindparam("digest_", type_=provisionals.c.digest.type),
            deliveries.c.epoch,
            bindparam("now_", type_=provisionals.c.created_at.type),
            bindparam("expires_", type_=provisionals.c.expires_at.type),
        )
        .join_from(deliveries, accounts, accounts.c.id == deliveries.c.account_id)
        .where(
            deliveries.c.id == bindparam("delivery_"),
            deliveries.c.closed_at.is_(None),
            deliveries.c.epoch == accounts.c.epoch,
        ),
    )
    .returning(provisionals.c.id)
)
_CLAIMABLE_AT = case((outbox.c.lease_until > outbox.c.due_at, outbox.c.lease_until), else_=outbox.c.due_at)
_NEXT_DUE = select(func.min(_CLAIMABLE_AT)).where(outbox.c.lane == bindparam("lane_"), outbox.c.due_at.is_not(None))


class SqlQueue:
    """See ``post.outbox.Queue``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, lane: Lane, owner: str, now: Instant, limit: int) -> tuple[Job, ...]:
        """Lease at most ``limit`` due jobs."""
        values = {"lane_": lane, "owner_": owner, "now_": now, "until_": now + LEASE, "limit_": limit}
        with self._database.begin() as connection:
            ids = connection.execute(_CLAIM, values).scalars().all()
            rows = connection.execute(_JOBS, {"ids_": ids}).all() if ids else ()
        return tuple(_job(row, owner) for row in rows)

    def bear(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
        """Store a digest, if the delivery still stands; renews the lease."""
        with self._database.begin() as connection:
            connection.execute(_LOCK_ACCOUNT, {"account_": job.delivery.account_id})
            renewed = connection.execute(_RENEW, {"job_": job.id, "owner_": job.owner, "until_": now + LEASE})
            if renewed.rowcount != 1:
                raise LeaseLost(job.id)
            born = connection.execute(
                _BEAR,
                {
                    "id_": new_id(),
                    "copy_": job.copy,
                    "digest_": digest,
                    "now_": now,
                    "expires_": expires_at,
                    "delivery_": job.delivery.id,
                },
            )
            return born.first() is not None

    def settle(
        self,
        job: Job,
        outcome: Outcome | None,
        now: Instant,
        *,
        error: str | None = None,
        retry_at: Instant | None = None,
    ) -> bool:
        """End a job, or make it due again; an ended one is remembered among the security events."""
        values = {
            "job_": job.id,
            "owner_": job.owner,
            "outcome_": outcome,
            "due_": retry_at if outcome is None else None,
            "error_": error,
            "done_": None if outcome is None else now,
        }
        with self._database.begin() as connection:
            if connection.execute(_SETTLE, values).rowcount != 1:
                return False
            if outcome is not None:
                SqlAudit(connection, self._database.clock).add(_event(job, outcome))
        return True

    def next_due(self, lane: Lane) -> Instant | None:
        """Return when the next job can be claimed."""
        with self._database.begin(write=False) as connection:
            due: Instant | None = connection.execute(_NEXT_DUE, {"lane_": lane}).scalar_one()
        return due


class SqlOutbox:
    """Puts effects in the outbox, within a feature's unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def mails_since(self, delivery: Delivery, since: Instant) -> int:
        """Count the mails queued for the delivery's address, or for its account, after ``since``."""
        counted = (
            select(func.count())
            .select_from(outbox.join(deliveries, deliveries.c.id == outbox.c.delivery_id))
            .where(
                outbox.c.lane == Lane.MAIL,
                outbox.c.created_at > since,
                or_(deliveries.c.address == delivery.address, deliveries.c.account_id == delivery.account_id),
            )
        )
        return self._connection.execute(counted).scalar_one()

    def put(self, effect: Effect, now: Instant, *, due_at: Instant | None = None) -> None:
        """Add one job, due at once unless later. Raises ``Conflict`` when this copy is there already."""
        lane = _lane(effect)
        row = {
            "id": new_id(),
            "lane": lane,
            "delivery_id": effect.delivery,
            "copy": effect.copy,
            "created_at": now,
            "due_at": now if due_at is None else due_at,
            "tries": 0,
        }
        put = insert_or_ignore(self._connection, outbox).returning(outbox.c.id)
        if self._connection.execute(put, row).first() is None:
            raise Conflict(f"copy {effect.copy} of delivery {effect.delivery} is in the outbox already")


def _lane(effect: Effect) -> Lane:
    match effect:
        case Mail():
            return Lane.MAIL
        case Letter():
            return Lane.LETTER


def _job(row: Row[*tuple[Any, ...]], owner: str) -> Job:
    facts = row._asdict()
    delivery = {name: facts[name] for name in Delivery.__slots__} | {"channel": Channel(facts["channel"])}
    return Job(
        id=facts["job"],
        lane=Lane(facts["lane"]),
        delivery=Delivery(**delivery),
        copy=facts["copy"],
        tries=facts["tries"],
        created_at=facts["put_at"],
        member_name=_greeted(facts["given_names"], facts["usage_name"] or facts["birth_name"]),
        owner=owner,
    )


def _greeted(given_names: str, name: str) -> str:
    """Return what ``Member.display_name`` says, from three columns instead of a whole member."""
    first = re.split(r"[ ,]+", given_names.strip(), maxsplit=1)[0]
    return f"{first} {name}".strip()


def _event(job: Job, outcome: Outcome) -> AuditEvent:
    return AuditEvent(
        _TAGS[outcome],
        account=job.delivery.account_id,
        details={"delivery": job.delivery.id, "copy": job.copy, "lane": job.lane, "tries": job.tries},
    )
