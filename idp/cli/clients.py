"""``idp clients``: the portals, by RFC 7591 metadata."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.common import Json, group, opened, read_text, say
from idp.kernel.errors import OperatorError

clients = group("The portals.")


@clients.command("add")
def clients_add(
    file: Annotated[str, typer.Argument(help="RFC 7591 metadata as JSON, or - for standard input.")],
    as_json: Json = False,
) -> None:
    """Register a portal, or update the one with the same client_id; safe to repeat."""
    from idp.oidc.metadata import read_metadata
    from idp.oidc.offered import offered
    from idp.oidc.registration import add_client

    text = sys.stdin.read() if file == "-" else read_text(Path(file))
    try:
        document = json.loads(text)
    except ValueError as error:
        raise OperatorError(f"{file} is not JSON: {error}") from None
    with opened() as house, house.begin() as unit:
        registration = read_metadata(document, offered(certification=house.settings.certification))
        added = add_client(unit, registration, house.clock.now())
    answer = {"client_id": added.client.id, "outcome": str(added.outcome)}
    if added.secret:
        answer["client_secret"] = added.secret
    say(as_json, "\n".join(f"{name}: {value}" for name, value in answer.items()), answer)


@clients.command("list")
def clients_list(as_json: Json = False) -> None:
    """List the portals."""
    from idp.oidc.registration import list_clients

    with opened() as house, house.begin(write=False) as unit:
        rows = [{"client_id": client.id, "client_name": client.metadata.client_name} for client in list_clients(unit)]
    say(as_json, "\n".join(f"{row['client_id']}  {row['client_name'] or ''}" for row in rows), {"clients": rows})


@clients.command("show")
def clients_show(client_id: str) -> None:
    """Show a portal's metadata."""
    from idp.oidc.metadata_text import document_of
    from idp.oidc.registration import show_client

    with opened() as house, house.begin(write=False) as unit:
        document = document_of(show_client(unit, client_id))
    print(json.dumps(document, ensure_ascii=False, indent=2))


@clients.command("remove")
def clients_remove(client_id: str) -> None:
    """Remove a portal with everything it was given."""
    from idp.oidc.registration import remove_client

    with opened() as house, house.begin() as unit:
        remove_client(unit, client_id)
    print(f"removed {client_id}")
