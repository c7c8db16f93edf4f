"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INT = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "attempts",
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("tat", INT, nullable=False),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_attempts")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_events")),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_events_account_id", "audit_events", ["account_id", "at"], unique=False)
    op.create_table(
        "clients",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sqlite_strict=True,
    )
    op.create_table(
        "key_ring",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.CheckConstraint(
            "purpose IN ('sign-rs256', 'sign-es256', 'lookup', 'vault', 'tickets')",
            name=op.f("ck_key_ring_purpose_value"),
        ),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_key_ring")),
        sa.UniqueConstraint("purpose", "version", name="uq_key_ring_purpose"),
        sqlite_strict=True,
    )
    op.create_table(
        "members",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=True),
        sa.Column("nir", sa.LargeBinary(), nullable=False),
        sa.Column("birth_name", sa.Text(), nullable=False),
        sa.Column("given_names", sa.Text(), nullable=False),
        sa.Column("usage_name", sa.Text(), nullable=True),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("birthdate", sa.Text(), nullable=False),
        sa.Column("birthplace", sa.Text(), nullable=True),
        sa.Column("birthcountry", sa.Text(), nullable=False),
        sa.Column("situation", sa.Text(), nullable=False),
        sa.Column("health_rights", INT, nullable=False),
        sa.Column("vitale_serial", sa.Text(), nullable=True),
        sa.Column("vitale_photo", INT, nullable=True),
        sa.Column("address_line", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("left_at", INT, nullable=True),
        sa.Column("imported_at", INT, nullable=False),
        sa.CheckConstraint("gender IN ('female', 'male')", name=op.f("ck_members_gender_value")),
        sa.CheckConstraint("situation IN ('particulier', 'exploitant')", name=op.f("ck_members_situation_value")),
        sa.CheckConstraint("health_rights IN (0, 1)", name=op.f("ck_members_health_rights_flag")),
        sa.CheckConstraint("vitale_photo IN (0, 1)", name=op.f("ck_members_vitale_photo_flag")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
        sa.UniqueConstraint("ref", name="uq_members_ref"),
        sqlite_strict=True,
    )
    op.create_table(
        "terms",
        sa.Column("revision", INT, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published_at", INT, nullable=False),
        sa.PrimaryKeyConstraint("revision", "language", name="pk_terms"),
        sqlite_strict=True,
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("epoch", INT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("opened_at", INT, nullable=True),
        sa.Column("frozen_at", INT, nullable=True),
        sa.Column("closed_at", INT, nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("email_verified_at", INT, nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_accounts_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("member_id", name="uq_accounts_member_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "invoices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Text(), nullable=False),
        sa.Column("amount_cents", INT, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("ordinal", INT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_invoices_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("member_id", "paid_on", "amount_cents", "label", "ordinal", name="uq_invoices_member_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "member_lookups",
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("key_version", INT, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_member_lookups_member_id")),
        sa.PrimaryKeyConstraint("purpose", "key_version", "digest", name="pk_member_lookups"),
        sa.UniqueConstraint("member_id", "purpose", "key_version", name="uq_member_lookups_member_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Text(), nullable=False),
        sa.Column("amount_cents", INT, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("ordinal", INT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_payments_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("member_id", "paid_on", "amount_cents", "label", "ordinal", name="uq_payments_member_id"),
        sqlite_strict=True,
    )
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
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("epoch", INT, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("closed_at", INT, nullable=True),
        sa.CheckConstraint(
            "(channel = 'email') = (address IS NOT NULL)", name=op.f("ck_deliveries_address_of_channel")
        ),
        sa.CheckConstraint("channel IN ('email', 'post')", name=op.f("ck_deliveries_channel_value")),
        sa.CheckConstraint("reason IN ('right', 'wrong', 'no_question')", name=op.f("ck_deliveries_reason_value")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_deliveries_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sqlite_strict=True,
    )
    op.create_index("ix_deliveries_account_id", "deliveries", ["account_id", "created_at"], unique=False)
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
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("epoch", INT, nullable=True),
        sa.Column("completed_at", INT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_parked_requests_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_parked_requests_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_requests")),
        sqlite_strict=True,
    )
    op.create_index("ix_parked_requests_browser", "parked_requests", ["browser"], unique=False)
    op.create_table(
        "passwords",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("set_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_passwords_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_passwords")),
        sqlite_strict=True,
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("epoch", INT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("seen_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("auth_time", INT, nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("provisional_id", sa.Text(), nullable=True),
        sa.Column("ended_at", INT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("secret", name="uq_sessions_secret"),
        sqlite_strict=True,
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"], unique=False)
    op.create_table(
        "subjects",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_subjects_account_id")),
        sa.PrimaryKeyConstraint("account_id", "sector", name="pk_subjects"),
        sa.UniqueConstraint("sub", name="uq_subjects_sub"),
        sqlite_strict=True,
    )
    op.create_table(
        "terms_acceptances",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("revision", INT, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("accepted_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_terms_acceptances_account_id")),
        sa.PrimaryKeyConstraint("account_id", "revision", name="pk_terms_acceptances"),
        sqlite_strict=True,
    )
    op.create_table(
        "authorization_codes",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("epoch", INT, nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("auth_time", INT, nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_authorization_codes_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_authorization_codes_client_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_authorization_codes_session_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_authorization_codes")),
        sqlite_strict=True,
    )
    op.create_table(
        "client_sessions",
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_sessions_client_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_client_sessions_session_id")),
        sa.PrimaryKeyConstraint("session_id", "client_id", name="pk_client_sessions"),
        sa.UniqueConstraint("sid", name="uq_client_sessions_sid"),
        sqlite_strict=True,
    )
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
    op.create_table(
        "grants",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("epoch", INT, nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("offline", INT, nullable=False),
        sa.Column("auth_time", INT, nullable=False),
        sa.Column("amr", sa.Text(), nullable=False),
        sa.Column("acr", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("revoked_at", INT, nullable=True),
        sa.CheckConstraint("offline IN (0, 1)", name=op.f("ck_grants_offline_flag")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_grants_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_grants_client_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_grants_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sqlite_strict=True,
    )
    op.create_index("ix_grants_account_id", "grants", ["account_id"], unique=False)
    op.create_index("ix_grants_session_id", "grants", ["session_id"], unique=False)
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
    op.create_table(
        "provisionals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("copy", INT, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("epoch", INT, nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.CheckConstraint("channel IN ('email', 'post')", name=op.f("ck_provisionals_channel_value")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_provisionals_account_id")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_provisionals_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provisionals")),
        sa.UniqueConstraint("digest", name="uq_provisionals_digest"),
        sqlite_strict=True,
    )
    op.create_index("ix_provisionals_account_id", "provisionals", ["account_id"], unique=False)
    op.create_table(
        "access_tokens",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("grant_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("epoch", INT, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_access_tokens_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_access_tokens_client_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_access_tokens_grant_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_tokens")),
        sqlite_strict=True,
    )
    op.create_index("ix_access_tokens_grant_id", "access_tokens", ["grant_id"], unique=False)
    op.create_table(
        "refresh_tokens",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("first_used_at", INT, nullable=True),
        sa.Column("dead_at", INT, nullable=True),
        sa.ForeignKeyConstraint(["family"], ["grants.id"], name=op.f("fk_refresh_tokens_family")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_tokens")),
        sqlite_strict=True,
    )
    op.create_index("ix_refresh_tokens_family", "refresh_tokens", ["family"], unique=False)
    op.create_index("ix_refresh_tokens_parent", "refresh_tokens", ["parent"], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table("refresh_tokens")
    op.drop_table("access_tokens")
    op.drop_table("provisionals")
    op.drop_table("outbox")
    op.drop_table("grants")
    op.drop_table("enrollments")
    op.drop_table("client_sessions")
    op.drop_table("authorization_codes")
    op.drop_table("terms_acceptances")
    op.drop_table("subjects")
    op.drop_table("sessions")
    op.drop_table("passwords")
    op.drop_table("parked_requests")
    op.drop_table("deliveries")
    op.drop_table("proof_slots")
    op.drop_table("payments")
    op.drop_table("member_lookups")
    op.drop_table("invoices")
    op.drop_table("accounts")
    op.drop_table("terms")
    op.drop_table("members")
    op.drop_table("key_ring")
    op.drop_table("clients")
    op.drop_table("audit_events")
    op.drop_table("attempts")
