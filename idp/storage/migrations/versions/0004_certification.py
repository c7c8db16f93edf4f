"""The provider whole: consents, pushed requests, devices, clients' own tokens and assertions.

The outbox carries logout tokens. Nothing is lost on the way up; on the way down what only the new tables hold goes, and
logout tokens that wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INT = sa.Integer().with_variant(sa.BigInteger(), "postgresql")

_OLD_KINDS = (
    "'provisional_mail', 'provisional_letter', 'confirmation_letter', 'password_changed', 'reset_asked', "
    "'letter_asked', 'franceconnect_linked', 'franceconnect_unlinked', 'email_code'"
)
_NEW_KINDS = f"{_OLD_KINDS}, 'backchannel_logout'"
_COLUMNS: tuple[tuple[str, str, sa.types.TypeEngine[Any]], ...] = (
    ("enrollments", "parked_id", sa.Text()),
    ("parked_requests", "consented_at", INT),
    ("parked_requests", "pushed_id", sa.Text()),
    ("clients", "sealed_secret", sa.LargeBinary()),
    ("grants", "claims", sa.Text()),
    ("grants", "resource", sa.Text()),
    ("access_tokens", "resource", sa.Text()),
)


def upgrade() -> None:
    """Apply."""
    _remake_outbox(_NEW_KINDS, "TRUE")
    for table, name, kind in _COLUMNS:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    for create in _TABLES.values():
        create()


def downgrade() -> None:
    """Take back."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    for table, name, _kind in reversed(_COLUMNS):
        op.drop_column(table, name)
    _remake_outbox(_OLD_KINDS, f"kind IN ({_OLD_KINDS})")


def _remake_outbox(kinds: str, kept: str) -> None:
    """Make the outbox anew and bring back the rows that fit: SQLite cannot change a constraint in place."""
    op.execute(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM outbox WHERE {kept}")
    op.drop_table("outbox")
    _outbox(kinds)
    op.execute("INSERT INTO outbox SELECT * FROM kept")
    op.execute("DROP TABLE kept")


def _outbox(kinds: str) -> None:
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
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f("ck_outbox_kind_value")),
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


def _client_assertions() -> None:
    op.create_table(
        "client_assertions",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_assertions_client_id")),
        sa.PrimaryKeyConstraint("client_id", "jti", name="pk_client_assertions"),
        sqlite_strict=True,
    )


def _consents() -> None:
    op.create_table(
        "consents",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("given_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_consents_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_consents_client_id")),
        sa.PrimaryKeyConstraint("account_id", "client_id", name="pk_consents"),
        sqlite_strict=True,
    )


def _pushed_requests() -> None:
    op.create_table(
        "pushed_requests",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_pushed_requests_client_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_pushed_requests")),
        sqlite_strict=True,
    )


def _client_tokens() -> None:
    op.create_table(
        "client_tokens",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("resource", sa.Text(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_tokens_client_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_client_tokens")),
        sqlite_strict=True,
    )


def _device_grants() -> None:
    op.create_table(
        "device_grants",
        sa.Column("device_code", sa.Text(), nullable=False),
        sa.Column("user_code", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("seconds", INT, nullable=False),
        sa.Column("polled_at", INT, nullable=True),
        sa.Column("denied_at", INT, nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_device_grants_client_id")),
        sa.ForeignKeyConstraint(["code"], ["authorization_codes.digest"], name=op.f("fk_device_grants_code")),
        sa.PrimaryKeyConstraint("device_code", name=op.f("pk_device_grants")),
        sa.UniqueConstraint("user_code", name="uq_device_grants_user_code"),
        sqlite_strict=True,
    )


_TABLES: dict[str, Callable[[], None]] = {
    "client_assertions": _client_assertions,
    "consents": _consents,
    "pushed_requests": _pushed_requests,
    "client_tokens": _client_tokens,
    "device_grants": _device_grants,
}
