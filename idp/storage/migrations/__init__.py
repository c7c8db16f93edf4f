"""The schema's history (Alembic): expand first, contract a release later; run by ``idp db upgrade``."""
