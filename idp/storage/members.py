"""Members and the tries of their question, over one connection."""

from __future__ import annotations

from sqlalchemy import Connection, RowMapping, and_, bindparam, func, or_, select, update

from idp.kernel.clock import DAY, SECOND, Clock, Instant
from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper, Vault
from idp.members.member import Address, Gender, Member, Situation
from idp.members.nir import Nir
from idp.members.proof import Settlement
from idp.storage.tables import member_lookups, members, proof_slots
from idp.storage.upsert import PerDialect

NIR_PURPOSE = "nir"

WRONG_KEEPS = 7 * DAY
"""How long a wrong answer keeps its slot (law 9)."""
RESERVATION = 60 * SECOND
"""After this an unsettled try is void: its process crashed, or the registry hung (law 9)."""

_FACTS = (
    members.c.id,
    members.c.birth_name,
    members.c.given_names,
    members.c.usage_name,
    members.c.gender,
    members.c.birthdate,
    members.c.birthplace,
    members.c.birthcountry,
    members.c.situation,
    members.c.health_rights,
    members.c.vitale_serial.is_not(None).label("has_card"),
    members.c.vitale_photo,
    members.c.address_line,
    members.c.postal_code,
    members.c.city,
    members.c.country,
    members.c.left_at,
)
_BY_ID = select(*_FACTS).where(members.c.id == bindparam("id_"))
_BY_NIR = (
    select(*_FACTS)
    .join_from(member_lookups, members, members.c.id == member_lookups.c.member_id)
    .where(
        member_lookups.c.purpose == NIR_PURPOSE,
        # Named apart from the digests so that the primary key serves as the index.
        member_lookups.c.key_version.in_(bindparam("versions", expanding=True)),
        member_lookups.c.digest.in_(bindparam("digests", expanding=True)),
        members.c.left_at.is_(None),
    )
    .limit(1)
)
_BORN_ON = select(*_FACTS).where(members.c.birthdate == bindparam("birthdate_"), members.c.left_at.is_(None))
_SEALED = select(members.c.nir).where(members.c.id == bindparam("id_"))

_TAKE = PerDialect(
    lambda insert: (
        insert(proof_slots)
        .values(
            holder=bindparam("holder"),
            slot=bindparam("number"),
            reservation=bindparam("fresh"),
            taken_at=bindparam("now"),
            verdict=None,
        )
        .on_conflict_do_update(
            index_elements=["holder", "slot"],
            set_={"reservation": bindparam("fresh"), "taken_at": bindparam("now"), "verdict": None},
            where=or_(
                proof_slots.c.verdict.in_([Settlement.RIGHT.value, Settlement.VOID.value]),
                and_(
                    proof_slots.c.verdict == Settlement.WRONG.value,
                    proof_slots.c.taken_at <= bindparam("wrong_before"),
                ),
                and_(proof_slots.c.verdict.is_(None), proof_slots.c.taken_at <= bindparam("reserved_before")),
            ),
        )
        .returning(proof_slots.c.reservation)
    )
)
_REF = select(members.c.ref, members.c.nir).where(members.c.id == bindparam("id_"))
_SETTLE = (
    update(proof_slots)
    .where(proof_slots.c.reservation == bindparam("taken"), proof_slots.c.verdict.is_(None))
    .values(verdict=bindparam("settled"))
)
_TAKEN = (
    select(func.count())
    .select_from(proof_slots)
    .where(
        proof_slots.c.holder == bindparam("holder"),
        or_(
            and_(
                proof_slots.c.verdict == Settlement.WRONG.value,
                proof_slots.c.taken_at > bindparam("wrong_before"),
            ),
            and_(proof_slots.c.verdict.is_(None), proof_slots.c.taken_at > bindparam("reserved_before")),
        ),
    )
)
_PENDING = (
    select(func.count())
    .select_from(proof_slots)
    .where(
        proof_slots.c.holder == bindparam("holder"),
        proof_slots.c.verdict.is_(None),
        proof_slots.c.taken_at > bindparam("reserved_before"),
    )
)


class SqlMembers:
    """Whom the fund knows. Opens the vault only where the NIR itself is asked for."""

    def __init__(self, connection: Connection, pepper: Pepper, vault: Vault, clock: Clock) -> None:
        self._connection = connection
        self._pepper = pepper
        self._vault = vault
        self._clock = clock

    def find_by_nir(self, nir: Nir) -> Member | None:
        """Return the member of this number, under any version of the look-up key; nobody who left."""
        lookups = self._pepper.lookups(NIR_PURPOSE, nir.value)
        values = {
            "versions": [lookup.key_version for lookup in lookups],
            "digests": [lookup.digest for lookup in lookups],
        }
        row = self._connection.execute(_BY_NIR, values).mappings().one_or_none()
        return None if row is None else _member(row)

    def born_on(self, birthdate: str) -> tuple[Member, ...]:
        """Return the members with this birth date as recorded, who have not left."""
        found = self._connection.execute(_BORN_ON, {"birthdate_": birthdate})
        return tuple(_member(row) for row in found.mappings())

    def get(self, member_id: str) -> Member | None:
        """Return a member by id, whether or not they left."""
        row = self._connection.execute(_BY_ID, {"id_": member_id}).mappings().one_or_none()
        return None if row is None else _member(row)

    def nir_of(self, member_id: str) -> str:
        """Return the 13 characters, for the fund's own use. Raises ``LookupError`` for a member not known."""
        sealed = self._connection.execute(_SEALED, {"id_": member_id}).scalar_one_or_none()
        if sealed is None:
            raise LookupError("no such member")
        return self._vault.open(sealed, member_id)

    def known_to_fund_as(self, member_id: str) -> tuple[str | None, str | None] | None:
        """Return the fund's stable number and, where it gave none, the 13 characters; None for nobody. One query."""
        row = self._connection.execute(_REF, {"id_": member_id}).one_or_none()
        if row is None:
            return None
        return (row.ref, None) if row.ref is not None else (None, self._vault.open(row.nir, member_id))

    def take_proof(self, holder: str, tries: int, now: Instant) -> str | None:
        """Reserve one of ``tries`` slots before an answer is judged; None when all are full.

        ``holder`` is a member's id, or the digest of a number that is nobody's.

        The caller commits before it asks the registry, then settles (law 9).
        """
        values = {"holder": holder, "now": now, "fresh": new_id()}
        values |= {"wrong_before": now - WRONG_KEEPS, "reserved_before": now - RESERVATION}
        for slot in range(tries):
            taken = self._connection.execute(_TAKE.on(self._connection), {**values, "number": slot})
            reservation: str | None = taken.scalar_one_or_none()
            if reservation is not None:
                return reservation
        return None

    def settle_proof(self, reservation: str, verdict: str) -> bool:
        """Write how a try ended, a ``Settlement``; False when settled before or given to somebody else.

        Raises ``ValueError`` for any other word.
        """
        values = {"taken": reservation, "settled": Settlement(verdict).value}
        settled = self._connection.execute(_SETTLE, values)
        return settled.rowcount == 1

    def tries_taken(self, holder: str, now: Instant) -> int:
        """Count the tries of a holder that were wrong within 7 days, or are being judged."""
        values = {"holder": holder, "wrong_before": now - WRONG_KEEPS, "reserved_before": now - RESERVATION}
        return self._connection.execute(_TAKEN, values).scalar_one()

    def proof_is_pending(self, holder: str, now: Instant) -> bool:
        """Tell whether an answer for this holder is being judged just now, say from another tab."""
        values = {"holder": holder, "reserved_before": now - RESERVATION}
        return self._connection.execute(_PENDING, values).scalar_one() > 0


def _member(facts: RowMapping) -> Member:
    address = None
    if facts["address_line"] is not None:
        address = Address(
            facts["address_line"], facts["postal_code"] or "", facts["city"] or "", facts["country"] or ""
        )
    photo = facts["vitale_photo"]
    return Member(
        id=facts["id"],
        birth_name=facts["birth_name"],
        given_names=facts["given_names"],
        usage_name=facts["usage_name"],
        gender=Gender(facts["gender"]),
        birthdate=facts["birthdate"],
        birthplace=facts["birthplace"],
        birthcountry=facts["birthcountry"],
        situation=Situation(facts["situation"]),
        health_rights=bool(facts["health_rights"]),
        has_card=bool(facts["has_card"]),
        card_photo=None if photo is None else bool(photo),
        address=address,
        left=facts["left_at"] is not None,
    )
