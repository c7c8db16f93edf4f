"""`idp demo`: the whole story on one machine, until Ctrl-C.

Prepares the data by the provider's own commands (each may be repeated on the same data), starts the mock
FranceConnect, the provider, the portal and the mail catcher, and prints which member to be and what to answer.
"""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from idp.demo.members import write_members
from idp.demo.people import PEOPLE
from idp.demo.portal import CLIENT_ID, client_metadata
from idp.demo.processes import Failed, Family, Stopped, base_environment

DEFAULT_PORT: Final = 8000
PLAIN_WIDTH: Final = 160
DISCOVERY: Final = "/.well-known/openid-configuration"
PLACES: Final = (
    "le fournisseur d’identité",
    "FranceConnect de démonstration",
    "le portail",
    "la boîte aux lettres",
)
"""What listens on the four ports, in order from the first."""


def default_home(port: int) -> Path:
    """Where a demo on `port` keeps its data: the port is part of the issuer, so each has its own folder."""
    return Path("var") / ("demo" if port == DEFAULT_PORT else f"demo-{port}")


def main(port: int, home: Path) -> int:
    """Run the demo on `port` and the three above it, data under `home`; answer the exit code.

    0 after a wish to stop, 1 when a port is taken, a step fails or a process dies.
    """
    console = Console()
    if not console.is_terminal:  # a script reads it: one member, one line
        console = Console(width=PLAIN_WIDTH)
    taken = [f"{number} ({place})" for number, place in _ports(port) if not _free(number)]
    if taken:
        console.print(f"Port déjà pris : {', '.join(taken)}.", style="bold red")
        console.print("Arrêtez le programme qui l’occupe, ou choisissez ailleurs : DEMO_PORT=9000 make demo")
        return 1
    home = home.resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    logs = home / "var" / "log"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    upstream = _kept_client(home / "demo-franceconnect.json", franceconnect_metadata(_url(port)))
    family = Family({**base_environment(home, _url(port)), **_upstream(port, upstream)}, logs)
    family.listen()
    try:
        _prepare(console, family, port, home)
        _start(console, family, port, home)
        _tell(console, port)
        family.watch()
    except Stopped:
        pass
    except Failed as failure:
        console.print(str(failure), style="red", markup=False, highlight=False)
        return 1
    finally:
        family.stop()
    console.print("\nDémonstration arrêtée. Ses données restent dans", str(home))
    return 0


def _prepare(console: Console, family: Family, port: int, home: Path) -> None:
    folder = home / "members"
    write_members(folder, date.today())  # noqa: DTZ011  # the day on the wall of whoever plays the demo
    portal = home / "demo-portal.json"
    _kept_client(portal, {**client_metadata(_url(port + 2)), "client_id": CLIENT_ID})
    for name, arguments in (
        ("Base de données", ("migrate",)),
        ("Clés", ("keys", "init")),
        ("Membres de démonstration", ("members", "import", str(folder))),
        ("Portail de démonstration", ("clients", "add", str(portal))),
    ):
        family.step(name, arguments)
        console.print(f"✓ {name}")


def _start(console: Console, family: Family, port: int, home: Path) -> None:
    # Before the provider, which may ask it for its keys at once.
    franceconnect = ("demo", "franceconnect", "--port", str(port + 1))
    family.child("FranceConnect", franceconnect, f"{_issuer(port)}{DISCOVERY}")
    family.child("fournisseur", ("serve", "--port", str(port)), f"{_url(port)}{DISCOVERY}")
    portal = ("demo", "portal", "--port", str(port + 2))
    family.child("portail", portal, f"{_url(port + 2)}/")
    catcher = ("demo", "catcher", "--port", str(port + 3))
    family.child("boîte aux lettres", catcher, f"{_url(port + 3)}/")
    console.print(f"✓ Quatre serveurs (journaux dans {home / 'var' / 'log'})")


def _tell(console: Console, port: int) -> None:
    table = Table(title="Qui être, et que répondre", title_justify="left")
    for column in ("Qui", "Identifiant", "Question", "Réponse"):
        table.add_column(column, overflow="fold", no_wrap=column in ("Identifiant", "Réponse"))
    for person in PEOPLE:
        table.add_row(person.who, person.nir, person.question, person.answer)
    console.print(table)
    console.print(
        "Toute adresse e-mail convient : les courriels arrivent dans la boîte aux lettres ci-dessous."
    )
    console.print("FranceConnect de démonstration connaît chacun de ces membres, et d’autres citoyens inventés.")
    places = Table.grid(padding=(0, 2))
    places.add_row("Espace privé", _url(port))
    places.add_row("FranceConnect de démonstration", _url(port + 1))
    places.add_row("Portail partenaire", _url(port + 2))
    places.add_row("Boîte aux lettres", _url(port + 3))
    console.print(places)
    console.print("Ctrl-C pour arrêter.")


def franceconnect_metadata(base_url: str) -> dict[str, Any]:
    """What the provider registers with at the mock FranceConnect, without the secret."""
    return {
        "client_id": "demo-espace-prive",
        "client_name": "Espace privé",
        "redirect_uris": [f"{base_url}/franceconnect/retour"],
        "post_logout_redirect_uris": [f"{base_url}/franceconnect/deconnexion"],
        "id_token_signed_response_alg": "ES256",
        "scope": "openid identite_pivot idp_birthdate",
    }


def _upstream(port: int, client: Mapping[str, Any]) -> dict[str, str]:
    """The settings that tie the provider to the mock."""
    return {
        "IDP_FRANCECONNECT_ISSUER": _issuer(port),
        "IDP_FRANCECONNECT_CLIENT_ID": client["client_id"],
        "IDP_FRANCECONNECT_CLIENT_SECRET": client["client_secret"],
        "IDP_FRANCECONNECT_ALG": client["id_token_signed_response_alg"],
    }


def _kept_client(path: Path, metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Write a registration with its secret, made once and kept; the file is the owner's alone."""
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    secret = kept.get("client_secret") or secrets.token_urlsafe(32)
    wanted = {**metadata, "client_secret": secret}
    if wanted != kept:
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            json.dump(wanted, file, ensure_ascii=False, indent=2)
        fresh.replace(path)
    return wanted


def _issuer(port: int) -> str:
    return f"{_url(port + 1)}/api/v2"


def _url(port: int) -> str:
    return f"http://localhost:{port}"


def _ports(port: int) -> list[tuple[int, str]]:
    return [(port + offset, place) for offset, place in enumerate(PLACES)]


def _free(port: int) -> bool:
    """Whether nothing listens there, on either of the addresses that `localhost` may mean."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        if family == socket.AF_INET6 and not _has_ipv6():
            continue
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # Connections of an earlier run that are still closing do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True


def _has_ipv6() -> bool:
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
