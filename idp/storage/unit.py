"""One unit of work: every store over one connection, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from sqlalchemy import Connection

from idp.kernel.clock import Clock
from idp.kernel.vault import Pepper, Vault
from idp.storage.account_desk import SqlAccountDesk
from idp.storage.accounts import SqlAccounts
from idp.storage.agents import SqlAgents
from idp.storage.audit import SqlAudit
from idp.storage.client_tokens import SqlClientTokens
from idp.storage.clients import SqlClients
from idp.storage.consents import SqlConsents
from idp.storage.database import Database
from idp.storage.devices import SqlDevices
from idp.storage.email_codes import SqlEmailCodes
from idp.storage.enrollments import SqlEnrollments
from idp.storage.freezing import SqlFreezing
from idp.storage.grants import SqlGrants
from idp.storage.initial_tokens import SqlInitialTokens
from idp.storage.members import SqlMembers
from idp.storage.outbox import SqlOutbox
from idp.storage.pushed import SqlPushed
from idp.storage.signin import SqlParked, SqlSessions
from idp.storage.upstream import SqlUpstream


class Unit:
    """The stores of one transaction. Returning commits, raising rolls back."""

    def __init__(
        self, connection: Connection, clock: Clock, pepper: Pepper, vault: Vault, *, write: bool = True
    ) -> None:
        self.members = SqlMembers(connection, pepper, vault, clock)
        self.accounts = SqlAccounts(connection)
        self.account_desk = SqlAccountDesk(connection)
        self.agents = SqlAgents(connection)
        self.freezing = SqlFreezing(connection)
        self.email_codes = SqlEmailCodes(connection)
        self.sessions = SqlSessions(connection)
        self.parked = SqlParked(connection)
        self.upstream = SqlUpstream(connection, vault)
        self.enrollments = SqlEnrollments(connection)
        self.clients = SqlClients(connection, vault, write=write)
        self.consents = SqlConsents(connection)
        self.pushed = SqlPushed(connection)
        self.devices = SqlDevices(connection)
        self.client_tokens = SqlClientTokens(connection)
        self.initial_tokens = SqlInitialTokens(connection)
        self.grants = SqlGrants(connection)
        self.outbox = SqlOutbox(connection)
        self.audit = SqlAudit(connection, clock)


Begin = Callable[..., AbstractContextManager[Unit]]


def units(database: Database, pepper: Pepper, vault: Vault) -> Begin:
    """Return the function that opens units of work; a writer's commit wakes the worker."""

    @contextmanager
    def begin(*, write: bool = True) -> Iterator[Unit]:
        with database.begin(write=write) as connection:
            yield Unit(connection, database.clock, pepper, vault, write=write)
        if write:
            database.committed()

    return begin
