"""FranceConnect: transactions, links, sessions that came from upstream; what Mon compte keeps; addresses by code.

The outbox carries three more kinds of mail, and the ring a key that FranceConnect+ encrypts to. Nothing is lost on the
way up; on the way down mails of the new kinds that wait, and the new key, go.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INT = sa.Integer().with_variant(sa.BigInteger(), "postgresql")

_PROOFS = (
    "'vitale_front', 'vitale_back', 'payment', 'invoice', 'in_person', 'by_phone', 'by_agent', 'letter', "
    "'franceconnect'"
)
_OLD_KINDS = (
    "'provisional_mail', 'provisional_letter', 'confirmation_letter', 'password_changed', 'reset_asked', 'letter_asked'"
)
_NEW_KINDS = f"{_OLD_KINDS}, 'franceconnect_linked', 'franceconnect_unlinked', 'email_code'"
_OLD_PURPOSES = "'sign-rs256', 'sign-es256', 'lookup', 'vault', 'tickets'"
_NEW_PURPOSES = f"{_OLD_PURPOSES}, 'decrypt'"
_PARKED = (
    "id, browser, client_id, request, created_at, expires_at, not_before, differs_from, account_id, epoch, completed_at"
)
_DEMANDS = ("own_password", "verified_email")
_IDENTITY = ("upstream_issuer", "upstream_sub", "upstream_acr")


def upgrade() -> None:
    """Apply."""
    _remake("outbox", lambda: _outbox(_NEW_KINDS), "TRUE")
    _remake("key_ring", lambda: _key_ring(_NEW_PURPOSES), "TRUE")
    _remake("parked_requests", lambda: _parked_requests(_DEMANDS), "TRUE", _PARKED, ", 0, 0")
    op.execute(
        "ALTER TABLE accounts ADD COLUMN proven_by TEXT "
        f"CONSTRAINT ck_accounts_proven_by_value CHECK (proven_by IN ({_PROOFS}))"
    )
    op.add_column("accounts", sa.Column("documents_by_email_at", INT, nullable=True))
    for name in _IDENTITY:
        op.add_column("enrollments", sa.Column(name, sa.Text(), nullable=True))
    op.create_index("ix_members_birthdate", "members", ["birthdate"])
    _email_codes()
    _upstream_transactions()
    _upstream_links()
    _upstream_sessions()


def downgrade() -> None:
    """Take back."""
    for table in ("upstream_sessions", "upstream_links", "upstream_transactions", "email_codes"):
        op.drop_table(table)
    op.drop_index("ix_members_birthdate", "members")
    for name in _IDENTITY:
        op.drop_column("enrollments", name)
    op.drop_column("accounts", "documents_by_email_at")
    op.drop_column("accounts", "proven_by")
    _remake("parked_requests", lambda: _parked_requests(()), "TRUE", _PARKED)
    _remake("key_ring", lambda: _key_ring(_OLD_PURPOSES), f"purpose IN ({_OLD_PURPOSES})")
    _remake("outbox", lambda: _outbox(_OLD_KINDS), f"kind IN ({_OLD_KINDS})")


def _remake(table: str, create: Callable[[], None], kept: str, columns: str = "*", more: str = "") -> None:
    """Make a table anew and bring back the rows that fit: SQLite cannot change a constraint in place."""
    op.execute(f"CREATE TEMPORARY TABLE kept AS SELECT {columns} FROM {table} WHERE {kept}")
    op.drop_table(table)
    create()
    named = "" if columns == "*" else f" ({columns}{', ' + ', '.join(_DEMANDS) if more else ''})"
    op.execute(f"INSERT INTO {table}{named} SELECT *{more} FROM kept")
    op.execute("DROP TABLE kept")


def _parked_requests(flags: tuple[str, ...]) -> None:
    op.create_table(
        "parked_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("not_before", INT, nullable=True),
        sa.Column("differs_from", INT, nullable=True),
        *(sa.Column(name, INT, nullable=False) for name in flags),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("epoch", INT, nullable=True),
        sa.Column("completed_at", INT, nullable=True),
        *(sa.CheckConstraint(f"{name} IN (0, 1)", name=op.f(f"ck_parked_requests_{name}_flag")) for name in flags),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_parked_requests_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_parked_requests_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_requests")),
        sqlite_strict=True,
    )
    op.create_index("ix_parked_requests_browser", "parked_requests", ["browser"], unique=False)


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


def _key_ring(purposes: str) -> None:
    op.create_table(
        "key_ring",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.CheckConstraint(f"purpose IN ({purposes})", name=op.f("ck_key_ring_purpose_value")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_key_ring")),
        sa.UniqueConstraint("purpose", "version", name="uq_key_ring_purpose"),
        sqlite_strict=True,
    )


def _email_codes() -> None:
    """Codes that prove an address; the digest comes with the mail."""
    op.create_table(
        "email_codes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("tries", INT, nullable=False),
        sa.Column("asked_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=True),
        sa.Column("used_at", INT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_email_codes_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_email_codes")),
        sqlite_strict=True,
    )
    op.create_index("ix_email_codes_account_id", "email_codes", ["account_id", "asked_at"], unique=False)


def _upstream_transactions() -> None:
    """Who was sent upstream, from which browser, and for what."""
    op.create_table(
        "upstream_transactions",
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("epoch", INT, nullable=True),
        sa.Column("enrollment_id", sa.Text(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("consumed_at", INT, nullable=True),
        sa.CheckConstraint(
            "purpose IN ('signin', 'link', 'relink', 'proof')", name=op.f("ck_upstream_transactions_purpose_value")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_upstream_transactions_session_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_upstream_transactions_account_id")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollments.id"], name=op.f("fk_upstream_transactions_enrollment_id")
        ),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_upstream_transactions")),
        sqlite_strict=True,
    )
    op.create_index("ix_upstream_transactions_browser", "upstream_transactions", ["browser", "consumed_at"])
    for name in ("session_id", "account_id", "enrollment_id"):
        op.create_index(f"ix_upstream_transactions_{name}", "upstream_transactions", [name])


def _upstream_links() -> None:
    """One identity of an upstream provider for one account."""
    op.create_table(
        "upstream_links",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("linked_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_upstream_links_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upstream_links")),
        sa.UniqueConstraint("issuer", "sub", name="uq_upstream_links_issuer"),
        sa.UniqueConstraint("account_id", "issuer", name="uq_upstream_links_account_id"),
        sqlite_strict=True,
    )


def _upstream_sessions() -> None:
    """Sessions of ours that an upstream provider opened."""
    op.create_table(
        "upstream_sessions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("id_token", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_upstream_sessions_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_upstream_sessions")),
        sqlite_strict=True,
    )
