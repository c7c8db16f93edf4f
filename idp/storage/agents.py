"""The fund's agents. Nobody is ever deleted: the audit names them."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from idp.accounts.agent import Agent, is_agent_id
from idp.kernel.clock import Instant
from idp.kernel.errors import OperatorError
from idp.storage.tables import agents


class SqlAgents:
    """Agents over one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, agent_id: str) -> Agent:
        """Return the agent who may act. Raises ``OperatorError`` for one who is unknown or was removed."""
        agent = self._find(agent_id)
        if agent is None or agent.removed_at is not None:
            raise OperatorError(f"{agent_id!r} is no agent: idp agents list names them")
        return agent

    def list(self) -> tuple[Agent, ...]:
        """Return every agent, those removed too, by id."""
        rows = self._connection.execute(select(agents).order_by(agents.c.id))
        return tuple(Agent(**row._asdict()) for row in rows)

    def add(self, agent: Agent) -> bool:
        """Add an agent, rename one, or let one come back. False when nothing had to change."""
        known = self._find(agent.id)
        if known is None:
            values = {"id": agent.id, "name": agent.name, "added_at": agent.added_at}
            self._connection.execute(insert(agents), values)
            return True
        if known.removed_at is None and known.name == agent.name:
            return False
        kept = known.added_at if known.removed_at is None else agent.added_at
        self._connection.execute(
            update(agents).where(agents.c.id == agent.id).values(name=agent.name, added_at=kept, removed_at=None)
        )
        return True

    def remove(self, agent_id: str, now: Instant) -> bool:
        """Let an agent act no more. False when they were removed before. Raises ``OperatorError`` for nobody."""
        agent = self._find(agent_id)
        if agent is None:
            raise OperatorError(f"{agent_id!r} is no agent: idp agents list names them")
        if agent.removed_at is not None:
            return False
        self._connection.execute(update(agents).where(agents.c.id == agent_id).values(removed_at=now))
        return True

    def _find(self, agent_id: str) -> Agent | None:
        if not is_agent_id(agent_id):
            return None
        row = self._connection.execute(select(agents).where(agents.c.id == agent_id)).one_or_none()
        return None if row is None else Agent(**row._asdict())
