"""The tables, frozen by a test over this metadata (design section 4).

Columns are Text, Integer (BIGINT on PostgreSQL) and LargeBinary; instants are UTC microseconds; booleans are 0/1 with
a CHECK; enums are text with a CHECK; JSON is text; every constraint is named; no autoincrement, no server default.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

INT = Integer().with_variant(BigInteger(), "postgresql")


def _table(name: str, *parts: SchemaItem) -> Table:
    return Table(name, metadata, *parts, sqlite_strict=True)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


def _key(name: str = "id") -> Column[str]:
    return Column(name, Text, primary_key=True, nullable=False)


def _int(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, INT, nullable=null)


def _ref(name: str, target: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, ForeignKey(target), nullable=null)


def _flag(name: str, *, null: bool = False) -> tuple[Column[int], CheckConstraint]:
    return Column(name, INT, nullable=null), CheckConstraint(f"{name} IN (0, 1)", name=f"{name}_flag")


_QUESTIONS = ("vitale_front", "vitale_back", "payment", "invoice")
_PROOFS = (*_QUESTIONS, "in_person", "by_phone", "by_agent")


def _enum(name: str, *values: str, null: bool = False) -> tuple[Column[str], CheckConstraint]:
    listed = ", ".join(f"'{value}'" for value in values)
    return Column(name, Text, nullable=null), CheckConstraint(f"{name} IN ({listed})", name=f"{name}_value")


# --- members: whom the fund knows -------------------------------------------------------------------------------

members = _table(
    "members",
    _key(),
    _text("ref", null=True),
    Column("nir", LargeBinary, nullable=False),
    _text("birth_name"),
    _text("given_names"),
    _text("usage_name", null=True),
    *_enum("gender", "female", "male"),
    _text("birthdate"),
    _text("birthplace", null=True),
    _text("birthcountry"),
    *_enum("situation", "particulier", "exploitant"),
    *_flag("health_rights"),
    _text("vitale_serial", null=True),
    *_flag("vitale_photo", null=True),
    _text("address_line", null=True),
    _text("postal_code", null=True),
    _text("city", null=True),
    _text("country", null=True),
    _int("left_at", null=True),
    _int("imported_at"),
    UniqueConstraint("ref", name="uq_members_ref"),
)
Index("ix_members_birthdate", members.c.birthdate)

member_lookups = _table(
    "member_lookups",
    _text("purpose"),
    _int("key_version"),
    _text("digest"),
    _ref("member_id", "members.id"),
    PrimaryKeyConstraint("purpose", "key_version", "digest", name="pk_member_lookups"),
    UniqueConstraint("member_id", "purpose", "key_version", name="uq_member_lookups_member_id"),
)

payments = _table(
    "payments",
    _key(),
    _ref("member_id", "members.id"),
    _text("paid_on"),
    _int("amount_cents"),
    _text("label"),
    _int("ordinal"),
    UniqueConstraint("member_id", "paid_on", "amount_cents", "label", "ordinal", name="uq_payments_member_id"),
)
Index("ix_payments_amount_cents", payments.c.amount_cents, payments.c.paid_on)

invoices = _table(
    "invoices",
    _key(),
    _ref("member_id", "members.id"),
    _text("paid_on"),
    _int("amount_cents"),
    _text("label"),
    _int("ordinal"),
    UniqueConstraint("member_id", "paid_on", "amount_cents", "label", "ordinal", name="uq_invoices_member_id"),
)
Index("ix_invoices_amount_cents", invoices.c.amount_cents, invoices.c.paid_on)

# The holder is a member, or the keyed digest of a number that is nobody's: both spend their tries alike.
proof_slots = _table(
    "proof_slots",
    _text("holder"),
    _int("slot"),
    _text("reservation"),
    _int("taken_at"),
    *_enum("verdict", "right", "wrong", "void", null=True),
    PrimaryKeyConstraint("holder", "slot", name="pk_proof_slots"),
    UniqueConstraint("reservation", name="uq_proof_slots_reservation"),
)

# --- accounts: who may sign in and what they owe ------------------------------------------------------------------

accounts = _table(
    "accounts",
    _key(),
    _ref("member_id", "members.id"),
    _int("epoch"),
    _int("created_at"),
    _int("opened_at", null=True),
    _int("frozen_at", null=True),
    _int("closed_at", null=True),
    _text("email", null=True),
    _int("email_verified_at", null=True),
    _text("phone", null=True),
    *_enum("proven_by", *_PROOFS, "letter", "franceconnect", null=True),
    _int("documents_by_email_at", null=True),
    UniqueConstraint("member_id", name="uq_accounts_member_id"),
)

passwords = _table(
    "passwords",
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True, nullable=False),
    _text("hash"),
    _int("set_at"),
)

deliveries = _table(
    "deliveries",
    _key(),
    _ref("account_id", "accounts.id"),
    _int("epoch"),
    *_enum("channel", "email", "post"),
    _text("address", null=True),
    _text("phone", null=True),
    *_enum("reason", "right", "wrong", "no_question"),
    _int("created_at"),
    _int("closed_at", null=True),
    *_enum("proof", *_PROOFS, null=True),
    _int("refused_at", null=True),
    CheckConstraint("(channel = 'email') = (address IS NOT NULL)", name="address_of_channel"),
)
Index("ix_deliveries_account_id", deliveries.c.account_id, deliveries.c.created_at)
Index("ix_deliveries_address", deliveries.c.address)

provisionals = _table(
    "provisionals",
    _key(),
    _ref("account_id", "accounts.id"),
    _ref("delivery_id", "deliveries.id"),
    _int("copy"),
    *_enum("channel", "email", "post"),
    _text("address", null=True),
    _text("digest"),
    _int("epoch"),
    _int("created_at"),
    _int("expires_at"),
    UniqueConstraint("digest", name="uq_provisionals_digest"),
)
Index("ix_provisionals_account_id", provisionals.c.account_id)

freeze_codes = _table(
    "freeze_codes",
    _key("digest"),
    _ref("account_id", "accounts.id"),
    _ref("delivery_id", "deliveries.id"),
    _int("created_at"),
    _int("expires_at"),
    _int("used_at", null=True),
)
Index("ix_freeze_codes_account_id", freeze_codes.c.account_id)

terms = _table(
    "terms",
    _int("revision"),
    _text("language"),
    _text("digest"),
    _text("body"),
    _int("published_at"),
    PrimaryKeyConstraint("revision", "language", name="pk_terms"),
)

terms_acceptances = _table(
    "terms_acceptances",
    _ref("account_id", "accounts.id"),
    _int("revision"),
    _text("language"),
    _text("digest"),
    _int("accepted_at"),
    PrimaryKeyConstraint("account_id", "revision", name="pk_terms_acceptances"),
)

attempts = _table("attempts", _key("bucket"), _int("tat"))

agents = _table("agents", _key(), _text("name"), _int("added_at"), _int("removed_at", null=True))

# --- enrollment -----------------------------------------------------------------------------------------------------

enrollments = _table(
    "enrollments",
    _key(),
    _text("secret", null=True),
    _text("former", null=True),
    _int("version"),
    _int("created_at"),
    _int("expires_at"),
    *_enum("purpose", "enrollment", "recovery"),
    *_enum("profile", "particulier", "exploitant", "entreprise", "autre", null=True),
    _ref("member_id", "members.id", null=True),
    _text("shadow", null=True),
    *_enum("question", *_QUESTIONS, null=True),
    _int("documents_read_at", null=True),
    _text("email", null=True),
    _text("phone", null=True),
    *_enum("answer", "right", "wrong", "no_question", "no_way", null=True),
    _int("mailbox_confirmed_at", null=True),
    _int("terms_revision", null=True),
    _text("terms_language", null=True),
    _text("terms_digest", null=True),
    _int("terms_accepted_at", null=True),
    _int("second_door_at", null=True),
    _int("finished_at", null=True),
    _ref("delivery_id", "deliveries.id", null=True),
    _int("sends"),
    _int("sent_at", null=True),
    _text("upstream_issuer", null=True),
    _text("upstream_sub", null=True),
    _text("upstream_acr", null=True),
    _text("parked_id", null=True),
    UniqueConstraint("secret", name="uq_enrollments_secret"),
)
Index("ix_enrollments_former", enrollments.c.former)

# --- sign-in ----------------------------------------------------------------------------------------------------------

sessions = _table(
    "sessions",
    _key(),
    _text("secret"),
    _text("browser"),
    _ref("account_id", "accounts.id"),
    _int("epoch"),
    _int("created_at"),
    _int("seen_at"),
    _int("expires_at"),
    _int("auth_time"),
    _text("amr"),
    _text("acr"),
    _text("provisional_id", null=True),
    _int("ended_at", null=True),
    UniqueConstraint("secret", name="uq_sessions_secret"),
)
Index("ix_sessions_account_id", sessions.c.account_id)

parked_requests = _table(
    "parked_requests",
    _key(),
    _text("browser"),
    _ref("client_id", "clients.id"),
    _text("request"),
    _int("created_at"),
    _int("expires_at"),
    _int("not_before", null=True),
    _int("differs_from", null=True),
    *_flag("own_password"),
    *_flag("verified_email"),
    _ref("account_id", "accounts.id", null=True),
    _int("epoch", null=True),
    _int("completed_at", null=True),
    _int("consented_at", null=True),
    _text("pushed_id", null=True),
)
Index("ix_parked_requests_browser", parked_requests.c.browser)

email_codes = _table(
    "email_codes",
    _key(),
    _ref("account_id", "accounts.id"),
    _text("address"),
    _text("digest", null=True),
    _int("tries"),
    _int("asked_at"),
    _int("expires_at", null=True),
    _int("used_at", null=True),
)
Index("ix_email_codes_account_id", email_codes.c.account_id, email_codes.c.asked_at)

# --- the upstream provider ------------------------------------------------------------------------------------------

upstream_transactions = _table(
    "upstream_transactions",
    _key("state"),
    _text("browser"),
    *_enum("purpose", "signin", "link", "relink", "proof"),
    _text("issuer"),
    _text("destination"),
    _ref("session_id", "sessions.id", null=True),
    _ref("account_id", "accounts.id", null=True),
    _int("epoch", null=True),
    _ref("enrollment_id", "enrollments.id", null=True),
    _int("created_at"),
    _int("expires_at"),
    _int("consumed_at", null=True),
)
Index("ix_upstream_transactions_browser", upstream_transactions.c.browser, upstream_transactions.c.consumed_at)
for _owner in (
    upstream_transactions.c.session_id,
    upstream_transactions.c.account_id,
    upstream_transactions.c.enrollment_id,
):
    Index(f"ix_upstream_transactions_{_owner.name}", _owner)

upstream_links = _table(
    "upstream_links",
    _key(),
    _ref("account_id", "accounts.id"),
    _text("issuer"),
    _text("sub"),
    _text("acr"),
    _int("linked_at"),
    UniqueConstraint("issuer", "sub", name="uq_upstream_links_issuer"),
    UniqueConstraint("account_id", "issuer", name="uq_upstream_links_account_id"),
)

# What a session owes to the upstream provider: the encrypted ID token is kept for logging out there alone.
upstream_sessions = _table(
    "upstream_sessions",
    Column("session_id", Text, ForeignKey("sessions.id"), primary_key=True, nullable=False),
    _text("issuer"),
    _text("sub"),
    _text("acr"),
    Column("id_token", LargeBinary, nullable=True),
    _int("created_at"),
)

# --- the provider -------------------------------------------------------------------------------------------------

clients = _table(
    "clients",
    _key(),
    _text("secret", null=True),
    _text("sector"),
    _text("metadata"),
    _int("created_at"),
    _int("version"),
    Column("sealed_secret", LargeBinary, nullable=True),
    _text("registration_token", null=True),
    _int("logo_at", null=True),
)
Index("ix_clients_registration_token", clients.c.registration_token)

# A client's logo, fetched when it was registered, checked, and served by us.
client_logos = _table(
    "client_logos",
    Column("client_id", Text, ForeignKey("clients.id"), primary_key=True, nullable=False),
    _text("media_type"),
    Column("body", LargeBinary, nullable=False),
)

initial_access_tokens = _table(
    "initial_access_tokens",
    _key("digest"),
    _text("name"),
    _int("created_at"),
    _int("expires_at"),
    _int("used_at", null=True),
)

# Assertions of clients that were used: each counts once (RFC 7523 3).
client_assertions = _table(
    "client_assertions",
    _ref("client_id", "clients.id"),
    _text("jti"),
    _int("expires_at"),
    PrimaryKeyConstraint("client_id", "jti", name="pk_client_assertions"),
)

consents = _table(
    "consents",
    _ref("account_id", "accounts.id"),
    _ref("client_id", "clients.id"),
    _text("words"),
    _int("given_at"),
    PrimaryKeyConstraint("account_id", "client_id", name="pk_consents"),
)

pushed_requests = _table(
    "pushed_requests",
    _key("digest"),
    _ref("client_id", "clients.id"),
    _text("request"),
    _int("created_at"),
    _int("expires_at"),
    _int("used_at", null=True),
)

subjects = _table(
    "subjects",
    _ref("account_id", "accounts.id"),
    _text("sector"),
    _text("sub"),
    _int("created_at"),
    PrimaryKeyConstraint("account_id", "sector", name="pk_subjects"),
    UniqueConstraint("sub", name="uq_subjects_sub"),
)

client_sessions = _table(
    "client_sessions",
    _ref("session_id", "sessions.id"),
    _ref("client_id", "clients.id"),
    _text("sid"),
    _int("created_at"),
    PrimaryKeyConstraint("session_id", "client_id", name="pk_client_sessions"),
    UniqueConstraint("sid", name="uq_client_sessions_sid"),
)

grants = _table(
    "grants",
    _key(),
    _ref("client_id", "clients.id"),
    _ref("account_id", "accounts.id"),
    _int("epoch"),
    _ref("session_id", "sessions.id"),
    _text("sub"),
    _text("sid"),
    _text("scope"),
    *_flag("offline"),
    _int("auth_time"),
    _text("amr"),
    _text("acr"),
    _int("created_at"),
    _int("expires_at"),
    _int("revoked_at", null=True),
    _text("claims", null=True),
    _text("resource", null=True),
)
Index("ix_grants_session_id", grants.c.session_id)
Index("ix_grants_account_id", grants.c.account_id)

authorization_codes = _table(
    "authorization_codes",
    _key("digest"),
    _text("grant_id"),
    _ref("client_id", "clients.id"),
    _ref("account_id", "accounts.id"),
    _int("epoch"),
    _ref("session_id", "sessions.id"),
    _text("sub"),
    _text("sid"),
    _text("request"),
    _int("auth_time"),
    _text("amr"),
    _text("acr"),
    _int("created_at"),
    _int("expires_at"),
    _int("used_at", null=True),
)

refresh_tokens = _table(
    "refresh_tokens",
    _key("digest"),
    _ref("family", "grants.id"),
    _text("parent", null=True),
    _int("created_at"),
    _int("expires_at"),
    _int("first_used_at", null=True),
    _int("dead_at", null=True),
)
Index("ix_refresh_tokens_family", refresh_tokens.c.family)
Index("ix_refresh_tokens_parent", refresh_tokens.c.parent)

access_tokens = _table(
    "access_tokens",
    _key("digest"),
    _ref("grant_id", "grants.id"),
    _ref("client_id", "clients.id"),
    _ref("account_id", "accounts.id"),
    _int("epoch"),
    _text("scope"),
    _int("created_at"),
    _int("expires_at"),
    _text("resource", null=True),
)
Index("ix_access_tokens_grant_id", access_tokens.c.grant_id)

# Tokens of the client credentials grant: no member, so no account, no session and no grant.
client_tokens = _table(
    "client_tokens",
    _key("digest"),
    _ref("client_id", "clients.id"),
    _text("scope"),
    _text("resource", null=True),
    _int("created_at"),
    _int("expires_at"),
)

# A device waits; ``code`` is the digest of the authorization code that the member's consent made.
device_grants = _table(
    "device_grants",
    _key("device_code"),
    _text("user_code"),
    _ref("client_id", "clients.id"),
    _text("request"),
    _int("created_at"),
    _int("expires_at"),
    _int("seconds"),
    _int("polled_at", null=True),
    _int("denied_at", null=True),
    Column("code", Text, ForeignKey("authorization_codes.digest"), nullable=True),
    UniqueConstraint("user_code", name="uq_device_grants_user_code"),
)

key_ring = _table(
    "key_ring",
    _key("kid"),
    *_enum("purpose", "sign-rs256", "sign-es256", "lookup", "vault", "tickets", "decrypt"),
    _int("version"),
    _text("fingerprint"),
    _text("public_jwk", null=True),
    _int("created_at"),
    UniqueConstraint("purpose", "version", name="uq_key_ring_purpose"),
)

# --- what leaves the house, and what is remembered ---------------------------------------------------------------

outbox = _table(
    "outbox",
    _key(),
    *_enum("lane", "request", "mail", "letter", "logout"),
    *_enum(
        "kind",
        "provisional_mail",
        "provisional_letter",
        "confirmation_letter",
        "password_changed",
        "reset_asked",
        "letter_asked",
        "franceconnect_linked",
        "franceconnect_unlinked",
        "email_code",
        "backchannel_logout",
    ),
    _ref("delivery_id", "deliveries.id", null=True),
    _ref("account_id", "accounts.id", null=True),
    _ref("member_id", "members.id", null=True),
    _text("about"),
    _int("copy"),
    _int("created_at"),
    _int("due_at", null=True),
    _int("tries"),
    _text("lease_owner", null=True),
    _int("lease_until", null=True),
    *_enum("outcome", "sent", "dropped", "refused", "failed", null=True),
    _text("last_error", null=True),
    _int("done_at", null=True),
    UniqueConstraint("delivery_id", "kind", "copy", name="uq_outbox_delivery_id"),
)
Index("ix_outbox_due_at", outbox.c.lane, outbox.c.due_at)

audit_events = _table(
    "audit_events",
    _key(),
    _int("at"),
    _text("tag"),
    _text("member_id", null=True),
    _text("account_id", null=True),
    _text("client_id", null=True),
    _text("source", null=True),
    _text("details"),
)
Index("ix_audit_events_account_id", audit_events.c.account_id, audit_events.c.at)
