"""The mock FranceConnect in its own process, and what a test tells it behind its client's back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.http import client

START = "FranceConnect de démonstration : "
SECRET = "a-secret-of-thirty-two-characters"


def franceconnect_client(base_url: str, **more: Any) -> dict[str, Any]:
    """Return the registration of our provider at ``base_url``, as `make demo` writes it."""
    return {
        "client_id": "demo-espace-prive",
        "client_secret": SECRET,
        "client_name": "Espace privé",
        "redirect_uris": [f"{base_url}/franceconnect/retour"],
        "post_logout_redirect_uris": [f"{base_url}/franceconnect/deconnexion"],
        "id_token_signed_response_alg": "ES256",
        "scope": "openid identite_pivot idp_birthdate",
        **more,
    }


class MockFranceConnect:
    """A running mock. Its methods are the commands of its control API."""

    def __init__(self, issuer: str, clients: Sequence[dict[str, Any]]) -> None:
        self.issuer = issuer
        self.base = issuer.removesuffix("/api/v2")
        self.clients = list(clients)
        self._http = client(base_url=f"{self.base}/_control/")

    def close(self) -> None:
        """End the connection to the control API."""
        self._http.close()

    def client(self, client_id: str | None = None) -> dict[str, Any]:
        """Return a registered client with its secret, the first one by default."""
        return next(one for one in self.clients if client_id in (None, one["client_id"]))

    def reset(self) -> None:
        """Make it forget everything since its start."""
        self._tell("reset")

    def fault(self, name: str | None = None, times: int = 1, **fault: Any) -> list[dict[str, Any]]:
        """Ask for a named fault or one of our own; return what it is made of."""
        told: list[dict[str, Any]] = self._tell("fault", **({"name": name} if name else fault), times=times)["faults"]
        return told

    def citizen(self, key: str | None) -> None:
        """Choose who answers without pages; None for pages again."""
        self._tell("citizen", key=key)

    def civil_status(self, key: str, **changes: Any) -> None:
        """Correct what the State knows of a citizen."""
        self._tell("civil-status", key=key, **changes)

    def clock(self, offset: float) -> None:
        """Put its clock ``offset`` seconds before ours, or behind."""
        self._tell("clock", offset=offset)

    def rotate(self) -> list[str]:
        """Make it use new keys; return their ids."""
        kids: list[str] = self._tell("rotate")["kids"]
        return kids

    def log(self, endpoint: str | None = None) -> list[dict[str, Any]]:
        """Return the requests it received since the last reset, of one endpoint or of all."""
        answer = self._http.get("log", params={"endpoint": endpoint} if endpoint else {})
        entries: list[dict[str, Any]] = answer.raise_for_status().json()
        return entries

    def catalogue(self) -> dict[str, list[dict[str, Any]]]:
        """Return every named fault."""
        names: dict[str, list[dict[str, Any]]] = self._http.get("faults").raise_for_status().json()
        return names

    def _tell(self, command: str, **what: Any) -> dict[str, Any]:
        answer = self._http.post(command, json=what)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told


@contextmanager
def mock_franceconnect(
    level: str = "low", clients: Sequence[dict[str, Any]] | None = None, control: bool = True, seed: int | None = None
) -> Iterator[MockFranceConnect]:
    """Run a mock for these clients, by default our provider at http://localhost:8000; [] leaves it its built-in one."""
    if clients is None:
        clients = [franceconnect_client("http://localhost:8000")]
    with tempfile.TemporaryDirectory(prefix="idp-franceconnect-") as home:
        if clients:
            (Path(home) / "demo-franceconnect.json").write_text(json.dumps(list(clients)), "utf-8")
        arguments = ["--level", level, "--port", "0", "--control" if control else "--no-control"]
        arguments += ["--seed", str(seed)] if seed is not None else []
        kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
        with subprocess.Popen(
            [sys.executable, "-m", "idp", "demo", "franceconnect", *arguments],
            env={**kept, "IDP_HOME": home},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout is not None
                first = process.stdout.readline()
                assert first.startswith(START), first
                mock = MockFranceConnect(first.removeprefix(START).strip(), clients)
                try:
                    yield mock
                finally:
                    mock.close()
            finally:
                process.terminate()
