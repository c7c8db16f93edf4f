"""Alembic's entry: runs the migrations over the connection that ``idp.storage.migrate`` opened."""

from __future__ import annotations

from alembic import context

from idp.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
