"""Writing a batch of an import: what changes of each member, and nothing where nothing changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum, auto

from sqlalchemy import Connection, Executable, RowMapping, bindparam, delete, insert, select, update

from idp.kernel.clock import Instant
from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper, Vault
from idp.members.records import MemberRecord
from idp.storage.members import NIR_PURPOSE
from idp.storage.members_plan import Planned
from idp.storage.serials import seal_serial
from idp.storage.tables import member_lookups, members

Values = dict[str, object]

_LOAD = select(members).where(members.c.id.in_(bindparam("ids", expanding=True)))
_ADD = insert(members)
_CHANGE = (
    update(members)
    .where(members.c.id == bindparam("member"))
    .values({column.name: bindparam(column.name) for column in members.c if column.name != "id"})
)
_ADD_LOOKUP = insert(member_lookups)
_DROP_LOOKUPS = delete(member_lookups).where(
    member_lookups.c.member_id == bindparam("member"), member_lookups.c.purpose == NIR_PURPOSE
)


class Change(Enum):
    """What an import did to one member."""

    ADDED = auto()
    UPDATED = auto()
    RENAMED = auto()
    UNCHANGED = auto()


class MemberWriter:
    """Writes batches over one connection, at one instant."""

    def __init__(self, connection: Connection, pepper: Pepper, vault: Vault, now: Instant) -> None:
        self._connection = connection
        self._pepper = pepper
        self._vault = vault
        self._now = now

    def write(self, batch: Sequence[Planned]) -> list[tuple[Change, str]]:
        """Write a batch; return what was done and the member's id, in order."""
        known = self._load([one.member_id for one in batch if one.member_id is not None])
        done: list[tuple[Change, str]] = []
        rows: dict[Change, list[Values]] = {change: [] for change in Change}
        lookups: list[Values] = []
        for one in batch:
            member_id = one.member_id or new_id()
            stored = known.get(member_id)
            values = self._values(one.record, member_id, stored)
            change = _change(one, stored, values)
            if stored is None or one.renames:
                sealed = self._vault.seal(one.record.nir.value, member_id)
            else:
                sealed = stored["nir"]
            rows[change].append({**values, "nir": sealed, "imported_at": self._now, _key(change): member_id})
            if not one.current_lookup:
                lookups.append(self._lookup(one.record, member_id))
            done.append((change, member_id))
        self._run(_ADD, rows[Change.ADDED])
        self._run(_CHANGE, rows[Change.UPDATED] + rows[Change.RENAMED])
        self._run(_DROP_LOOKUPS, [{"member": row["member"]} for row in rows[Change.RENAMED]])
        self._run(_ADD_LOOKUP, lookups)
        return done

    def _load(self, ids: Sequence[str]) -> dict[str, RowMapping]:
        if not ids:
            return {}
        return {row["id"]: row for row in self._connection.execute(_LOAD, {"ids": ids}).mappings()}

    def _run(self, statement: Executable, rows: list[Values]) -> None:
        if rows:
            self._connection.execute(statement, rows)

    def _lookup(self, record: MemberRecord, member_id: str) -> Values:
        lookup = self._pepper.lookup(NIR_PURPOSE, record.nir.value)
        return {
            "purpose": lookup.purpose,
            "key_version": lookup.key_version,
            "digest": lookup.digest,
            "member_id": member_id,
        }

    def _values(self, record: MemberRecord, member_id: str, stored: RowMapping | None) -> Values:
        """Return every column a record decides. A file without references does not take one away."""
        address, serial = record.address, record.vitale_serial
        return {
            "ref": record.ref if record.ref is not None or stored is None else stored["ref"],
            "birth_name": record.birth_name,
            "given_names": record.given_names,
            "usage_name": record.usage_name,
            "gender": record.gender.value,
            "birthdate": record.birthdate,
            "birthplace": record.birthplace,
            "birthcountry": record.birthcountry,
            "situation": record.situation.value,
            "health_rights": int(record.health_rights),
            "vitale_serial": None if serial is None else seal_serial(self._pepper, member_id, serial),
            "vitale_photo": record.vitale_photo if record.vitale_photo is None else int(record.vitale_photo),
            "address_line": address and address.line,
            "postal_code": (address and address.postal_code) or None,
            "city": address and address.city,
            "country": address and address.country,
            "left_at": None,
        }


def _change(one: Planned, stored: RowMapping | None, values: Mapping[str, object]) -> Change:
    if stored is None:
        return Change.ADDED
    if one.renames:
        return Change.RENAMED
    differs = any(stored[name] != value for name, value in values.items())
    return Change.UPDATED if differs else Change.UNCHANGED


def _key(change: Change) -> str:
    """The id's name: a column for an insert, a parameter of its own for an update."""
    return "id" if change is Change.ADDED else "member"
