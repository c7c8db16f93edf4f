"""``idp agents``: who of the fund may enroll by phone and open accounts again."""

from __future__ import annotations

from typing import Annotated

import typer

from idp.cli.common import Json, group, opened, say
from idp.kernel.errors import OperatorError

agents = group("The fund's agents.")


@agents.command("add")
def agents_add(
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="2 to 40 of a-z, 0-9, dot, dash, underscore.")],
    name: Annotated[str, typer.Argument(help="The agent's name.")],
    as_json: Json = False,
) -> None:
    """Register an agent, rename one, or let one come back; safe to repeat."""
    from idp.accounts.agent import NAME_BOUND, Agent, is_agent_id, is_agent_name
    from idp.kernel.audit import AuditEvent, Tag

    if not is_agent_id(agent_id):
        raise OperatorError("an agent's id has 2 to 40 of a-z, 0-9, dot, dash and underscore")
    if not is_agent_name(name):
        raise OperatorError(f"an agent's name has 1 to {NAME_BOUND} characters on one line")
    with opened() as house, house.begin() as unit:
        changed = unit.agents.add(Agent(agent_id, name, house.clock.now()))
        if changed:
            unit.audit.add(AuditEvent(Tag.AGENT_ADDED, details={"agent": agent_id}))
    say(as_json, f"{agent_id} is an agent", {"agent": agent_id, "changed": changed})


@agents.command("list")
def agents_list(as_json: Json = False) -> None:
    """List the agents, those removed too."""
    from idp.kernel.clock import moment

    with opened() as house, house.begin(write=False) as unit:
        rows = [
            {
                "agent": agent.id,
                "name": agent.name,
                "added_at": moment(agent.added_at).isoformat(),
                "removed_at": moment(agent.removed_at).isoformat() if agent.removed_at else None,
            }
            for agent in unit.agents.list()
        ]
    lines = (f"{row['agent']}  {row['name']}{'  (removed)' if row['removed_at'] else ''}" for row in rows)
    say(as_json, "\n".join(lines), {"agents": rows})


@agents.command("remove")
def agents_remove(
    agent_id: Annotated[str, typer.Argument(metavar="ID", help="The agent's id.")], as_json: Json = False
) -> None:
    """Let an agent act no more; what they did stays in the audit. Safe to repeat."""
    from idp.kernel.audit import AuditEvent, Tag

    with opened() as house, house.begin() as unit:
        changed = unit.agents.remove(agent_id, house.clock.now())
        if changed:
            unit.audit.add(AuditEvent(Tag.AGENT_REMOVED, details={"agent": agent_id}))
    say(as_json, f"{agent_id} is no agent any more", {"agent": agent_id, "changed": changed})
