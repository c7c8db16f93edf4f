"""Registration over the network: who manages a client, its logo, and the tokens that let clients register.

Nothing is lost on the way up. On the way down clients stay as they are, and nobody manages them over the network.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INT = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.add_column("clients", sa.Column("registration_token", sa.Text(), nullable=True))
    op.add_column("clients", sa.Column("logo_at", INT, nullable=True))
    op.create_index("ix_clients_registration_token", "clients", ["registration_token"])
    op.create_table(
        "client_logos",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_client_logos_client_id")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client_logos")),
        sqlite_strict=True,
    )
    op.create_table(
        "initial_access_tokens",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("used_at", INT, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_initial_access_tokens")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("initial_access_tokens")
    op.drop_table("client_logos")
    op.drop_index("ix_clients_registration_token", "clients")
    op.drop_column("clients", "logo_at")
    op.drop_column("clients", "registration_token")
