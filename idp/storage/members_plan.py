"""Whom each record of an import means: found by number, by previous number or by the fund's reference.

The whole file is resolved against the tables as they were before it, so that the order of its rows means
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, bindparam, select

from idp.kernel.vault import Pepper
from idp.members.nir import Nir
from idp.members.records import MEMBERS, MemberRecord
from idp.members.sheet import BadRow
from idp.storage.members import NIR_PURPOSE
from idp.storage.tables import member_lookups, members

BATCH = 500
"""Records per statement: with every key version well under SQLite's 32,766 bound values."""

Item = TypeVar("Item")

_LOOKUPS = select(member_lookups.c.digest, member_lookups.c.key_version, member_lookups.c.member_id).where(
    member_lookups.c.purpose == NIR_PURPOSE,
    member_lookups.c.key_version.in_(bindparam("versions", expanding=True)),
    member_lookups.c.digest.in_(bindparam("digests", expanding=True)),
)
_REFS = select(members.c.ref, members.c.id).where(members.c.ref.in_(bindparam("refs", expanding=True)))


@dataclass(frozen=True, slots=True)
class Planned:
    """A record and the member it means, None for a new one.

    ``renames``: the number on record is another one. ``current_lookup``: the newest key has its digest.
    """

    record: MemberRecord
    member_id: str | None
    renames: bool
    current_lookup: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """Who has a number, and whether the newest key version says so too."""

    member_id: str
    current: bool


def batches(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Cut a sequence into batches."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def plan(
    connection: Connection, pepper: Pepper, records: Sequence[MemberRecord]
) -> tuple[list[Planned], list[BadRow]]:
    """Return what each record means, and the records that mean two members, or the member of another one."""
    planned: list[Planned] = []
    bad: list[BadRow] = []
    lines: dict[str, int] = {}
    for batch in batches(records):
        nirs = {nir for record in batch for nir in (record.nir, record.previous_nir) if nir is not None}
        owners = owners_of(connection, pepper, nirs)
        refs = _refs(connection, batch)
        for record in batch:
            found = _match(record, owners, refs)
            if isinstance(found, Planned) and found.member_id in lines:
                found = f"this is the same member on record as line {lines[found.member_id]}"
            if isinstance(found, str):
                bad.append(BadRow(MEMBERS, record.line, found))
                continue
            if found.member_id is not None:
                lines[found.member_id] = record.line
            planned.append(found)
    return planned, bad


def owners_of(connection: Connection, pepper: Pepper, nirs: set[Nir]) -> dict[Nir, Owner]:
    """Return the members who have these numbers, those who left included."""
    if not nirs:
        return {}
    lookups = {
        lookup.digest: (lookup.key_version, nir)
        for nir in nirs
        for lookup in pepper.lookups(NIR_PURPOSE, nir.value)
    }
    versions = {version for version, _ in lookups.values()}
    rows = connection.execute(_LOOKUPS, {"versions": list(versions), "digests": list(lookups)})
    owners: dict[Nir, Owner] = {}
    for digest, version, member_id in rows:
        nir = lookups[digest][1]
        current = version == pepper.version or (nir in owners and owners[nir].current)
        owners[nir] = Owner(member_id, current)
    return owners


def _refs(connection: Connection, batch: Sequence[MemberRecord]) -> dict[str, str]:
    wanted = [record.ref for record in batch if record.ref is not None]
    if not wanted:
        return {}
    return {row.ref: row.id for row in connection.execute(_REFS, {"refs": wanted})}


def _match(record: MemberRecord, owners: Mapping[Nir, Owner], refs: Mapping[str, str]) -> Planned | str:
    """Return the member a record means, or the reason why that cannot be told."""
    owner = owners.get(record.nir)
    previous = owners.get(record.previous_nir) if record.previous_nir is not None else None
    by_ref = refs.get(record.ref) if record.ref is not None else None
    ids = {one.member_id for one in (owner, previous) if one is not None} | ({by_ref} if by_ref else set())
    if len(ids) > 1:
        return "nir, previous_nir and ref belong to different members on record"
    member_id = next(iter(ids), None)
    return Planned(
        record,
        member_id,
        renames=member_id is not None and owner is None,
        current_lookup=owner is not None and owner.current,
    )
