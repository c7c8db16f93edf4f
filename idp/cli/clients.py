"""``idp clients``: the portals, by RFC 7591 metadata."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from idp.cli.common import Json, as_text, group, opened, read_text, say
from idp.kernel.errors import OperatorError

clients = group("The portals.")


@clients.command("add")
def clients_add(
    file: Annotated[str, typer.Argument(help="RFC 7591 metadata as JSON, or - for standard input.")],
    as_json: Json = False,
) -> None:
    """Register a portal, or update the one with the same client_id; safe to repeat."""
    import anyio

    from idp.oidc.logos import fetch_logo
    from idp.oidc.metadata import read_metadata
    from idp.oidc.offered import offered
    from idp.oidc.registration import add_client

    text = sys.stdin.read() if file == "-" else read_text(Path(file))
    try:
        document = json.loads(text)
    except ValueError as error:
        raise OperatorError(f"{file} is not JSON: {error}") from None
    with opened() as house:
        registration = read_metadata(document, offered(certification=house.settings.certification))
        with house.begin(write=False) as unit:
            known = unit.clients.get(registration.client_id) if registration.client_id else None
        logo = anyio.run(fetch_logo, house.outbound(), registration.metadata, known)
        with house.begin() as unit:
            added = add_client(unit, registration, house.clock.now(), logo)
    if registration.metadata.logo_uri is not None and added.client.logo_at is None:
        print("the logo could not be had: pages show initials until it is added again", file=sys.stderr)
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


@clients.command("token")
def clients_token(
    name: Annotated[str, typer.Argument(help="Whom it is for, for your own list.")],
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it is good.")] = 7,
    as_json: Json = False,
) -> None:
    """Make a token that lets one portal register itself, once."""
    from idp.kernel.clock import moment
    from idp.oidc.initial_tokens import allow

    with opened() as house:
        if house.settings.registration != "token":
            print("nobody can use it yet: set IDP_REGISTRATION=token and start again", file=sys.stderr)
        with house.begin() as unit:
            token, readable = allow(unit, name, days, house.clock.now())
    until = moment(token.expires_at).isoformat(timespec="seconds")
    answer = {"name": token.name, "initial_access_token": readable, "expires_at": until}
    say(as_json, "\n".join(f"{name}: {value}" for name, value in answer.items()), answer)


@clients.command("tokens")
def clients_tokens(as_json: Json = False) -> None:
    """List the tokens made for registration, and what became of each."""
    from idp.kernel.clock import moment

    with opened() as house, house.begin(write=False) as unit:
        now = house.clock.now()
        rows = [
            {
                "name": token.name,
                "state": token.state(now),
                "expires_at": moment(token.expires_at).isoformat(timespec="seconds"),
            }
            for token in unit.initial_tokens.all()
        ]
    say(as_json, "\n".join(f"{row['state']}  {row['expires_at']}  {row['name']}" for row in rows), {"tokens": rows})


@clients.command("show")
def clients_show(client_id: str, as_json: Json = False) -> None:
    """Show a portal's metadata."""
    from idp.oidc.metadata_text import document_of
    from idp.oidc.registration import show_client

    with opened() as house, house.begin(write=False) as unit:
        document = document_of(show_client(unit, client_id))
    say(as_json, as_text(document, indent=2), document)


@clients.command("remove")
def clients_remove(client_id: str, as_json: Json = False) -> None:
    """Remove a portal with everything it was given."""
    from idp.oidc.registration import remove_client

    with opened() as house, house.begin() as unit:
        remove_client(unit, client_id)
    say(as_json, f"removed {client_id}", {"removed": client_id})
