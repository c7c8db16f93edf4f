"""The outbox in SQL: the worker's side, each call a unit of work, and the features' side, within theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from idp.accounts.account import Channel, Delivery
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant
from idp.kernel.effects import (
    Confirmation,
    Effect,
    EmailCode,
    Kind,
    Lane,
    Letter,
    LetterAsked,
    LogoutToken,
    Mail,
    Notice,
)
from idp.kernel.errors import Conflict
from idp.kernel.ids import new_id
from idp.members.member import first_of
from idp.post.outbox import (
    LATE_AFTER,
    LATELY,
    LEASE,
    MOST_FAILED,
    FailedJob,
    Job,
    LeaseLost,
    Outcome,
    PostState,
    UntoldPortal,
)
from idp.storage.audit import SqlAudit
from idp.storage.database import Database
from idp.storage.email_codes import bear
from idp.storage.tables import accounts, deliveries, freeze_codes, members, outbox, provisionals
from idp.storage.upsert import insert_or_ignore

_TAGS: Mapping[Outcome, Tag] = {
    Outcome.SENT: Tag.DELIVERY_SENT,
    Outcome.DROPPED: Tag.DELIVERY_DROPPED,
    Outcome.REFUSED: Tag.DELIVERY_REFUSED,
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


def _claim(due: Select[tuple[str]]) -> ReturningUpdate[tuple[str]]:
    # SQLite leaves FOR UPDATE out: its writers are alone anyway.
    return (
        update(outbox)
        .where(outbox.c.id.in_(due.with_for_update(of=outbox, skip_locked=True)))
        .values(lease_owner=bindparam("owner_"), lease_until=bindparam("until_"), tries=outbox.c.tries + 1)
        .returning(outbox.c.id)
    )


_CLAIM = _claim(_DUE)


@cache
def _claim_apart(dialect: str) -> ReturningUpdate[tuple[str]]:
    """Claim no job of a portal that another lease is about: one that hangs holds up its own jobs alone."""
    busy = outbox.alias("busy")
    at_work = select(_client_in(busy.c.about, dialect)).where(
        busy.c.lane == bindparam("lane_"), busy.c.due_at.is_not(None), busy.c.lease_until > bindparam("now_")
    )
    return _claim(_DUE.where(_client_in(outbox.c.about, dialect).not_in(at_work)))


def _client_in(about: ColumnElement[str], dialect: str) -> ColumnElement[str]:
    """The portal that a logout job is about."""
    if dialect == "sqlite":
        return func.json_extract(about, "$.client", type_=Text)
    named: ColumnElement[str] = cast(about, JSON)["client"].as_string()
    return named


_JOBS = (
    select(
        outbox.c.id.label("job"),
        outbox.c.kind,
        outbox.c.about,
        outbox.c.copy,
        outbox.c.tries,
        outbox.c.created_at.label("put_at"),
        accounts.c.id.label("account"),
        members.c.id.label("member"),
        *(deliveries.c[name] for name in Delivery.__slots__),
        members.c.given_names,
        members.c.usage_name,
        members.c.birth_name,
    )
    .join_from(outbox, deliveries, deliveries.c.id == outbox.c.delivery_id, isouter=True)
    .join(accounts, accounts.c.id == func.coalesce(deliveries.c.account_id, outbox.c.account_id), isouter=True)
    .join(members, members.c.id == func.coalesce(accounts.c.member_id, outbox.c.member_id), isouter=True)
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
_REFUSED = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery_"), deliveries.c.refused_at.is_(None))
    .values(refused_at=bindparam("now_"))
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
_BEAR_CODE = (
    insert(freeze_codes)
    .from_select(
        [column.name for column in freeze_codes.c],
        select(
            bindparam("digest_", type_=freeze_codes.c.digest.type),
            deliveries.c.account_id,
            deliveries.c.id,
            bindparam("now_", type_=freeze_codes.c.created_at.type),
            bindparam("expires_", type_=freeze_codes.c.expires_at.type),
            null(),
        )
        .join_from(deliveries, accounts, accounts.c.id == deliveries.c.account_id)
        .where(deliveries.c.id == bindparam("delivery_"), accounts.c.closed_at.is_(None)),
    )
    .returning(freeze_codes.c.digest)
)
_CLAIMABLE_AT = case((outbox.c.lease_until > outbox.c.due_at, outbox.c.lease_until), else_=outbox.c.due_at)
_NEXT_DUE = select(func.min(_CLAIMABLE_AT)).where(outbox.c.lane == bindparam("lane_"), outbox.c.due_at.is_not(None))

_CONFIRMATIONS = (
    select(func.count())
    .select_from(outbox.join(deliveries, deliveries.c.id == outbox.c.delivery_id))
    .where(
        outbox.c.kind == Kind.CONFIRMATION_LETTER,
        outbox.c.created_at > bindparam("since_"),
        deliveries.c.account_id == bindparam("account_"),
    )
)
_WAITING = (
    select(outbox.c.id)
    .where(
        outbox.c.kind == Kind.PROVISIONAL_MAIL,
        outbox.c.delivery_id == bindparam("delivery_"),
        outbox.c.due_at.is_not(None),
        outbox.c.created_at <= bindparam("since_"),
    )
    .limit(1)
)


_WAITING_JOBS = select(func.count(), func.sum(case((outbox.c.created_at < bindparam("late_"), 1), else_=0))).where(
    outbox.c.due_at.is_not(None)
)
_FAILED_LATELY = and_(
    outbox.c.outcome.in_([Outcome.FAILED, Outcome.REFUSED]), outbox.c.done_at > bindparam("since_")
)
_FAILED_JOBS = (
    select(outbox.c.id, outbox.c.kind, outbox.c.delivery_id, outbox.c.last_error)
    .where(_FAILED_LATELY, outbox.c.lane != Lane.LOGOUT)
    .order_by(outbox.c.done_at.desc())
    .limit(MOST_FAILED)
)


@cache
def _untold(dialect: str) -> Select[tuple[str, int, str]]:
    """Count the failed logouts of each portal, with the reason of its last one."""
    last = outbox.alias("last")
    client, its = _client_in(outbox.c.about, dialect), _client_in(last.c.about, dialect)
    counted = (
        select(client.label("client"), func.count().label("logouts"), func.max(outbox.c.done_at).label("last_at"))
        .where(_FAILED_LATELY, outbox.c.lane == Lane.LOGOUT)
        .group_by(client)
        .subquery()
    )
    reason = (
        select(func.coalesce(last.c.last_error, ""))
        .where(last.c.lane == Lane.LOGOUT, last.c.done_at == counted.c.last_at, its == counted.c.client)
        .limit(1)
        .scalar_subquery()
    )
    return select(counted.c.client, counted.c.logouts, reason.label("reason")).order_by(counted.c.last_at.desc())




class SqlQueue:
    """See ``post.outbox.Queue``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, lane: Lane, owner: str, now: Instant, limit: int) -> tuple[Job, ...]:
        """Lease at most ``limit`` due jobs."""
        values = {"lane_": lane, "owner_": owner, "now_": now, "until_": now + LEASE, "limit_": limit}
        with self._database.begin() as connection:
            claim = _claim_apart(connection.dialect.name) if lane is Lane.LOGOUT else _CLAIM
            ids = connection.execute(claim, values).scalars().all()
            rows = connection.execute(_JOBS, {"ids_": ids}).all() if ids else ()
        return tuple(_job(row, owner) for row in rows)

    def bear(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
        """Store a digest, if the delivery still stands; renews the lease."""
        with self._database.begin() as connection:
            connection.execute(_LOCK_ACCOUNT, {"account_": job.owed.account_id})
            _renew(connection, job, now)
            born = connection.execute(
                _BEAR,
                {
                    "id_": new_id(),
                    "copy_": job.copy,
                    "digest_": digest,
                    "now_": now,
                    "expires_": expires_at,
                    "delivery_": job.owed.id,
                },
            )
            return born.first() is not None

    def bear_freeze_code(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> bool:
        """Store the digest of a freeze code unless the account is closed; renews the lease."""
        with self._database.begin() as connection:
            _renew(connection, job, now)
            values = {"digest_": digest, "now_": now, "expires_": expires_at, "delivery_": job.owed.id}
            return connection.execute(_BEAR_CODE, values).first() is not None

    def bear_email_code(self, job: Job, digest: str, now: Instant, expires_at: Instant) -> str | None:
        """Store the digest of a code and return the address it goes to, None when it is owed no longer; renews the
        lease."""
        with self._database.begin() as connection:
            _renew(connection, job, now)
            return bear(connection, job.about["asked"], digest, now, expires_at)

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
            if outcome is Outcome.REFUSED and job.delivery is not None:
                connection.execute(_REFUSED, {"delivery_": job.delivery.id, "now_": now})
            # What a request came to was remembered by who decided it: nothing left the house.
            if outcome is not None and job.kind.lane is not Lane.REQUEST:
                SqlAudit(connection, self._database.clock).add(_event(job, outcome))
        return True

    def next_due(self, lane: Lane) -> Instant | None:
        """Return when the next job can be claimed."""
        with self._database.begin(write=False) as connection:
            due: Instant | None = connection.execute(_NEXT_DUE, {"lane_": lane}).scalar_one()
        return due


def _renew(connection: Connection, job: Job, now: Instant) -> None:
    """Have the lease run anew from now. Raises ``LeaseLost``."""
    renewed = connection.execute(_RENEW, {"job_": job.id, "owner_": job.owner, "until_": now + LEASE})
    if renewed.rowcount != 1:
        raise LeaseLost(job.id)


class SqlOutbox:
    """Puts effects in the outbox, within a feature's unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def confirmations(self, account_id: str, since: Instant) -> int:
        """Count the confirmation letters of an account put after ``since``."""
        counted = self._connection.execute(_CONFIRMATIONS, {"account_": account_id, "since_": since})
        return counted.scalar_one()

    def is_waiting(self, delivery_id: str, since: Instant) -> bool:
        """Tell whether a mail of this delivery put before ``since`` is still to leave."""
        return self._connection.execute(_WAITING, {"delivery_": delivery_id, "since_": since}).first() is not None

    def state(self, now: Instant) -> PostState:
        """Tell what waits, and what failed within ``LATELY``."""
        waiting, late = self._connection.execute(_WAITING_JOBS, {"late_": now - LATE_AFTER}).one()
        rows = self._connection.execute(_FAILED_JOBS, {"since_": now - LATELY})
        failed = tuple(FailedJob(row.id, row.kind, row.delivery_id, row.last_error or "") for row in rows)
        untold = self._connection.execute(_untold(self._connection.dialect.name), {"since_": now - LATELY})
        return PostState(waiting, late or 0, failed, tuple(UntoldPortal(**row._asdict()) for row in untold))

    def mails_since(self, delivery: Delivery, since: Instant) -> int:
        """Count the mails queued for the delivery's address, or for its account, after ``since``."""
        counted = (
            select(func.count())
            .select_from(outbox.join(deliveries, deliveries.c.id == outbox.c.delivery_id))
            .where(
                outbox.c.kind == Kind.PROVISIONAL_MAIL,
                outbox.c.created_at > since,
                or_(deliveries.c.address == delivery.address, deliveries.c.account_id == delivery.account_id),
            )
        )
        return self._connection.execute(counted).scalar_one()

    def put(self, effect: Effect, now: Instant, *, due_at: Instant | None = None) -> None:
        """Add one job, due at once unless later. Raises ``Conflict`` when this copy is there already."""
        kind = kind_of(effect)
        row = {
            "id": new_id(),
            "lane": kind.lane,
            "kind": kind,
            "delivery_id": None,
            "account_id": None,
            "member_id": None,
            "about": "{}",
            "copy": 1,
            "created_at": now,
            "due_at": now if due_at is None else due_at,
            "tries": 0,
            **_what(effect),
        }
        put = insert_or_ignore(self._connection, outbox).returning(outbox.c.id)
        if self._connection.execute(put, row).first() is None:
            raise Conflict(f"this {kind} is in the outbox already")


def kind_of(effect: Effect) -> Kind:
    """Return what job an effect becomes."""
    match effect:
        case Mail():
            return Kind.PROVISIONAL_MAIL
        case Letter():
            return Kind.PROVISIONAL_LETTER
        case Confirmation():
            return Kind.CONFIRMATION_LETTER
        case LetterAsked():
            return Kind.LETTER_ASKED
        case EmailCode():
            return Kind.EMAIL_CODE
        case LogoutToken():
            return Kind.BACKCHANNEL_LOGOUT
        case Notice():
            return effect.kind


def _what(effect: Effect) -> dict[str, object]:
    match effect:
        case Mail() | Letter():
            return {"delivery_id": effect.delivery, "copy": effect.copy}
        case Confirmation():
            return {"delivery_id": effect.delivery}
        case Notice():
            return {"account_id": effect.account}
        case EmailCode():
            return {"account_id": effect.account, "about": json.dumps({"asked": effect.asked})}
        case LetterAsked():
            about = {"reason": effect.reason, "proof": effect.proof or ""}
            return {"member_id": effect.member, "about": json.dumps(about)}
        case LogoutToken():
            # No account: its foreign key would lock the account's row after the session's, and others lock the other
            # way round.
            return {"about": json.dumps({"client": effect.client, "sub": effect.sub, "sid": effect.sid})}


def _job(row: Row[*tuple[Any, ...]], owner: str) -> Job:
    facts = row._asdict()
    delivery = None
    if facts["id"] is not None:
        owed = {name: facts[name] for name in Delivery.__slots__}
        delivery = Delivery(**{**owed, "channel": Channel(owed["channel"])})
    return Job(
        id=facts["job"],
        kind=Kind(facts["kind"]),
        delivery=delivery,
        account=facts["account"],
        member=facts["member"],
        about=json.loads(facts["about"]),
        copy=facts["copy"],
        tries=facts["tries"],
        created_at=facts["put_at"],
        member_name=_greeted(facts["given_names"], facts["usage_name"] or facts["birth_name"]),
        owner=owner,
    )


def _greeted(given_names: str | None, name: str | None) -> str:
    """Return what ``Member.display_name`` says, from three columns instead of a whole member; empty for nobody."""
    if given_names is None:
        return ""
    return f"{first_of(given_names)} {name or ''}".strip()


def _event(job: Job, outcome: Outcome) -> AuditEvent:
    details: dict[str, str | int | bool] = {"kind": job.kind, "copy": job.copy, "tries": job.tries}
    if job.delivery is not None:
        details["delivery"] = job.delivery.id
    return AuditEvent(_TAGS[outcome], account=job.account, client=job.about.get("client"), details=details)
