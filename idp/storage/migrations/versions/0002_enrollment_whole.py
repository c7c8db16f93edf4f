"""Every question, the post, the telephone: what enrollment needs beyond the card.

Tries may be those of a number that is nobody's; the outbox carries other things than passwords; agents and freeze
codes are new. Enrollments in progress start again: they live an hour and hold nothing that has left the house.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INT = sa.Integer().with_variant(sa.BigInteger(), "postgresql")

_PROOFS = "'vitale_front', 'vitale_back', 'payment', 'invoice', 'in_person', 'by_phone', 'by_agent'"
_TO_NEW_SLOTS = (
    "INSERT INTO proof_slots (holder, slot, reservation, taken_at, verdict) "
    "SELECT member_id, slot, reservation, taken_at, verdict FROM kept"
)
_TO_OLD_SLOTS = (
    "INSERT INTO proof_slots (member_id, slot, reservation, taken_at, verdict) "
    "SELECT holder, slot, reservation, taken_at, verdict FROM kept WHERE holder IN (SELECT id FROM members)"
)
_COMMON = (
    "id, lane, delivery_id, copy, created_at, due_at, tries, lease_owner, lease_until, outcome, last_error, done_at"
)
_WITHOUT_REFUSED = _COMMON.replace("outcome", "replace(outcome, 'refused', 'failed')")
_TO_NEW_OUTBOX = (
    f"INSERT INTO outbox ({_COMMON}, kind, about) SELECT {_COMMON}, 'provisional_' || lane, '{{}}' FROM kept"
)
_TO_OLD_OUTBOX = (
    f"INSERT INTO outbox ({_COMMON}) SELECT {_WITHOUT_REFUSED} FROM kept WHERE kind LIKE 'provisional_%'"
)


def upgrade() -> None:
    """Apply."""
    _remake("proof_slots", _new_proof_slots, _TO_NEW_SLOTS)
    op.drop_table("enrollments")
    _new_enrollments()
    _remake("outbox", _new_outbox, _TO_NEW_OUTBOX)
    op.execute(
        "ALTER TABLE deliveries ADD COLUMN proof TEXT "
        f"CONSTRAINT ck_deliveries_proof_value CHECK (proof IN ({_PROOFS}))"
    )
    op.add_column("deliveries", sa.Column("refused_at", INT, nullable=True))
    op.create_index("ix_deliveries_address", "deliveries", ["address"])
    op.create_index("ix_payments_amount_cents", "payments", ["amount_cents", "paid_on"])
    op.create_index("ix_invoices_amount_cents", "invoices", ["amount_cents", "paid_on"])
    _agents()
    _freeze_codes()


def downgrade() -> None:
    """Take back."""
    op.drop_table("freeze_codes")
    op.drop_table("agents")
    op.drop_index("ix_invoices_amount_cents", "invoices")
    op.drop_index("ix_payments_amount_cents", "payments")
    op.drop_index("ix_deliveries_address", "deliveries")
    op.drop_column("deliveries", "refused_at")
    op.drop_column("deliveries", "proof")
    _remake("outbox", _old_outbox, _TO_OLD_OUTBOX)
    op.drop_table("enrollments")
    _old_enrollments()
    _remake("proof_slots", _old_proof_slots, _TO_OLD_SLOTS)


def _remake(table: str, create: Callable[[], None], bring_back: str) -> None:
    """Make a table anew and bring its rows back: SQLite cannot change a constraint in place."""
    op.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}")
    op.drop_table(table)
    create()
    op.execute(bring_back)
    op.execute("DROP TABLE kept")


def _agents() -> None:
    """Who may act for the fund by telephone."""
    op.create_table(
        "agents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("added_at", INT, nullable=False),
        sa.Column("removed_at", INT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sqlite_strict=True,
    )


def _freeze_codes() -> None:
    """The codes of confirmation letters."""
    op.create_table(
        "freeze_codes",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_freeze_codes_account_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_freeze_codes_delivery_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_freeze_codes")),
        sqlite_strict=True,
    )
    op.create_index("ix_freeze_codes_account_id", "freeze_codes", ["account_id"], unique=False)


def _new_proof_slots() -> None:
    """Make it as it is from here on."""
    op.create_table(
        "proof_slots",
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("slot", INT, nullable=False),
        sa.Column("reservation", sa.Text(), nullable=False),
        sa.Column("taken_at", INT, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.CheckConstraint("verdict IN ('right', 'wrong', 'void')", name=op.f("ck_proof_slots_verdict_value")),
        sa.PrimaryKeyConstraint("holder", "slot", name="pk_proof_slots"),
        sa.UniqueConstraint("reservation", name="uq_proof_slots_reservation"),
        sqlite_strict=True,
    )


def _new_enrollments() -> None:
    """Make it as it is from here on."""
    op.create_table(
        "enrollments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("former", sa.Text(), nullable=True),
        sa.Column("version", INT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("member_id", sa.Text(), nullable=True),
        sa.Column("shadow", sa.Text(), nullable=True),
        sa.Column("question", sa.Text(), nullable=True),
        sa.Column("documents_read_at", INT, nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("mailbox_confirmed_at", INT, nullable=True),
        sa.Column("terms_revision", INT, nullable=True),
        sa.Column("terms_language", sa.Text(), nullable=True),
        sa.Column("terms_digest", sa.Text(), nullable=True),
        sa.Column("terms_accepted_at", INT, nullable=True),
        sa.Column("second_door_at", INT, nullable=True),
        sa.Column("finished_at", INT, nullable=True),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("sends", INT, nullable=False),
        sa.Column("sent_at", INT, nullable=True),
        sa.CheckConstraint(
            "answer IN ('right', 'wrong', 'no_question', 'no_way')", name=op.f("ck_enrollments_answer_value")
        ),
        sa.CheckConstraint(
            "profile IN ('particulier', 'exploitant', 'entreprise', 'autre')", name=op.f("ck_enrollments_profile_value")
        ),
        sa.CheckConstraint("purpose IN ('enrollment', 'recovery')", name=op.f("ck_enrollments_purpose_value")),
        sa.CheckConstraint(
            "question IN ('vitale_front', 'vitale_back', 'payment', 'invoice')",
            name=op.f("ck_enrollments_question_value"),
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_enrollments_delivery_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_enrollments_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint("secret", name="uq_enrollments_secret"),
        sqlite_strict=True,
    )
    op.create_index("ix_enrollments_former", "enrollments", ["former"], unique=False)


def _new_outbox() -> None:
    """Make it as it is from here on."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("member_id", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("copy", INT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("due_at", INT, nullable=True),
        sa.Column("tries", INT, nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", INT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("done_at", INT, nullable=True),
        sa.CheckConstraint(
            "kind IN ("
            "'provisional_mail', 'provisional_letter', 'confirmation_letter', 'password_changed', 'reset_asked', "
            "'letter_asked'"
            ")",
            name=op.f("ck_outbox_kind_value"),
        ),
        sa.CheckConstraint("lane IN ('request', 'mail', 'letter', 'logout')", name=op.f("ck_outbox_lane_value")),
        sa.CheckConstraint("outcome IN ('sent', 'dropped', 'refused', 'failed')", name=op.f("ck_outbox_outcome_value")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_outbox_account_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_outbox_delivery_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_outbox_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("delivery_id", "kind", "copy", name="uq_outbox_delivery_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_due_at", "outbox", ["lane", "due_at"], unique=False)


def _old_proof_slots() -> None:
    """Make it as it was."""
    op.create_table(
        "proof_slots",
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("slot", INT, nullable=False),
        sa.Column("reservation", sa.Text(), nullable=False),
        sa.Column("taken_at", INT, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=True),
        sa.CheckConstraint("verdict IN ('right', 'wrong', 'void')", name=op.f("ck_proof_slots_verdict_value")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_proof_slots_member_id")),
        sa.PrimaryKeyConstraint("member_id", "slot", name="pk_proof_slots"),
        sa.UniqueConstraint("reservation", name="uq_proof_slots_reservation"),
        sqlite_strict=True,
    )


def _old_enrollments() -> None:
    """Make it as it was."""
    op.create_table(
        "enrollments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("former", sa.Text(), nullable=True),
        sa.Column("version", INT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("member_id", sa.Text(), nullable=True),
        sa.Column("documents_read_at", INT, nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("mailbox_confirmed_at", INT, nullable=True),
        sa.Column("terms_revision", INT, nullable=True),
        sa.Column("terms_language", sa.Text(), nullable=True),
        sa.Column("terms_digest", sa.Text(), nullable=True),
        sa.Column("terms_accepted_at", INT, nullable=True),
        sa.Column("second_door_at", INT, nullable=True),
        sa.Column("finished_at", INT, nullable=True),
        sa.Column("delivery_id", sa.Text(), nullable=True),
        sa.Column("sends", INT, nullable=False),
        sa.Column("sent_at", INT, nullable=True),
        sa.CheckConstraint("answer IN ('right', 'wrong', 'no_question')", name=op.f("ck_enrollments_answer_value")),
        sa.CheckConstraint(
            "profile IN ('particulier', 'exploitant', 'entreprise', 'autre')", name=op.f("ck_enrollments_profile_value")
        ),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_enrollments_delivery_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_enrollments_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollments")),
        sa.UniqueConstraint("secret", name="uq_enrollments_secret"),
        sqlite_strict=True,
    )
    op.create_index("ix_enrollments_former", "enrollments", ["former"], unique=False)


def _old_outbox() -> None:
    """Make it as it was."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("copy", INT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("due_at", INT, nullable=True),
        sa.Column("tries", INT, nullable=False),
        sa.Column("lease_owner", sa.Text(), nullable=True),
        sa.Column("lease_until", INT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("done_at", INT, nullable=True),
        sa.CheckConstraint("lane IN ('mail', 'letter', 'logout')", name=op.f("ck_outbox_lane_value")),
        sa.CheckConstraint("outcome IN ('sent', 'dropped', 'failed')", name=op.f("ck_outbox_outcome_value")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_outbox_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("delivery_id", "copy", name="uq_outbox_delivery_id"),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_due_at", "outbox", ["lane", "due_at"], unique=False)
