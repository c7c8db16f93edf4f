"""A client's metadata as text: what the store keeps, and the document that the client could be registered with."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from idp.oidc.clients import Client, Metadata, Tile


def to_json(metadata: Metadata) -> str:
    """Return the text the store keeps."""
    return json.dumps(asdict(metadata), separators=(",", ":"), sort_keys=True)


def from_json(text: str) -> Metadata:
    """Return the metadata of a kept text; one of an earlier release says nothing of later members."""
    values = json.loads(text)
    tile = values["idp_tile"]
    frozen: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}
    about = dict(values["about"])
    frozen.update({name: about.pop(name) for name in ("logo_uri", "policy_uri", "tos_uri") if name in about})
    frozen["about"] = tuple(about.items())
    if tile is not None:
        frozen["idp_tile"] = Tile(**{**tile, "profiles": tuple(tile["profiles"])})
    return Metadata(**frozen)


def document_of(client: Client) -> dict[str, Any]:
    """Return a client as the document it could be registered with again; the secret is never known."""
    values = asdict(replace(client.metadata, about=()))
    del values["about"]
    shown = {name: value for name, value in values.items() if value not in (None, (), [], {})}
    return {"client_id": client.id, **shown, **dict(client.metadata.about)}
