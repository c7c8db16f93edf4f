"""Which clients the mock knows, and where it may send a browser for them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from idp.demo.franceconnect.level import Level

BUILT_IN_ID: Final = "client-de-demonstration"
BUILT_IN_SECRET: Final = "secret-de-demonstration-connu-de-tous"  # noqa: S105  # for strangers: it guards nothing
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Client:
    """One registered client. `anywhere_local` lets the built-in one come back to any http://localhost address."""

    client_id: str
    client_secret: str
    name: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    algorithm: str
    scopes: tuple[str, ...]
    entity_id: str
    jwks_uri: str | None = None
    anywhere_local: bool = False

    def may_return_to(self, uri: str) -> bool:
        """Whether `uri` is registered for the way back, character for character."""
        return uri in self.redirect_uris or (self.anywhere_local and _local(uri))

    def may_leave_to(self, uri: str) -> bool:
        """The same for the way back from a logout."""
        return uri in self.post_logout_redirect_uris or (self.anywhere_local and _local(uri))


def built_in(level: Level) -> Client:
    """The client for a developer who comes with nothing: every scope, any address of this machine."""
    return Client(
        BUILT_IN_ID, BUILT_IN_SECRET, "Service de démonstration", (), (), "ES256",
        tuple(level.scopes), BUILT_IN_ID, anywhere_local=True,
    )  # fmt: skip


def load_clients(path: Path, level: Level) -> dict[str, Client]:
    """The clients of the file by id: one object or a list of them; without a file, the built-in one.

    Raises `ValueError` with a sentence when the file is not that.
    """
    if not path.exists():
        stranger = built_in(level)
        return {stranger.client_id: stranger}
    content = json.loads(path.read_text(encoding="utf-8"))
    clients = [_client(entry, level) for entry in (content if isinstance(content, list) else [content])]
    return {client.client_id: client for client in clients}


def sound_uri(uri: str) -> bool:
    """Whether an address may come after a sign-in at all: https, or http on this machine (the sandbox's rule)."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def _local(uri: str) -> bool:
    return sound_uri(uri) and urlsplit(uri).scheme == "http" and urlsplit(uri).hostname == "localhost"


def _client(entry: Any, level: Level) -> Client:
    if not isinstance(entry, dict):
        raise ValueError("a client of FranceConnect is a JSON object")  # noqa: TRY004  # the file's fault, not a type's
    missing = [name for name in ("client_id", "client_secret", "redirect_uris") if not entry.get(name)]
    if missing:
        raise ValueError(f"a client of FranceConnect lacks {', '.join(missing)}")
    algorithm = entry.get("id_token_signed_response_alg", "ES256")
    if algorithm not in level.algorithms:
        raise ValueError(f"{entry['client_id']}: the algorithm is one of {', '.join(level.algorithms)}")
    scopes = tuple(entry["scope"].split()) if "scope" in entry else tuple(level.scopes)
    unknown = [scope for scope in scopes if scope not in level.scopes]
    if unknown:
        raise ValueError(f"{entry['client_id']}: no such scope at this level: {', '.join(unknown)}")
    return Client(
        client_id=str(entry["client_id"]),
        client_secret=entry["client_secret"],
        name=str(entry.get("client_name", entry["client_id"])),
        redirect_uris=tuple(entry["redirect_uris"]),
        post_logout_redirect_uris=tuple(entry.get("post_logout_redirect_uris", ())),
        algorithm=algorithm,
        scopes=scopes,
        entity_id=str(entry.get("entity_id", entry["client_id"])),
        jwks_uri=entry.get("jwks_uri"),
    )
