"""What opaque tokens and JWTs cost at the token endpoint, and introspection beside the JWK set, in the same run.

The ratio travels from machine to machine, the requests per second do not.
"""

from __future__ import annotations

import json
from typing import Any

import httpx2

from bench.node import Home, Node, prepared, serving
from bench.tokens import CALLERS, compare
from tests.support.smtp import smtp_server

KINDS: dict[str, dict[str, str]] = {
    "opaque": {},
    "rs256": {"idp_access_token": "jwt"},
    "es256": {
        "idp_access_token": "jwt", "id_token_signed_response_alg": "ES256", "introspection_signed_response_alg": "ES256"
    },
}  # fmt: skip


class Machine:
    """Clients that ask for their own tokens, over one connection."""

    def __init__(self, home: Home, secrets: dict[str, str]) -> None:
        self._secrets = secrets
        self.client = httpx2.Client(base_url=home.issuer, timeout=20, trust_env=False)

    def post(self, kind: str, path: str, form: dict[str, str], **headers: str) -> httpx2.Response:
        """Send a form as one of the clients."""
        answer = self.client.post(path, data=form, auth=(kind, self._secrets[kind]), headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    def token(self, kind: str) -> str:
        """Ask for a token."""
        answer = self.post(kind, "/oidc/token", {"grant_type": "client_credentials"})
        return str(answer.json()["access_token"])


def main() -> None:
    with smtp_server() as smtp, prepared(IDP_SMTP_URL=smtp.url) as home:
        secrets = {kind: register(home, kind, metadata) for kind, metadata in KINDS.items()}
        with serving(home) as node:
            report(node, [Machine(home, secrets) for _ in range(CALLERS)])


def register(home: Home, kind: str, metadata: dict[str, str]) -> str:
    """Add a client of one kind; return its secret."""
    file = home.folder / "client.json"
    usual = {"client_id": kind, "client_name": kind, "grant_types": ["client_credentials"]}
    file.write_text(json.dumps({**usual, **metadata}), "utf-8")
    return str(json.loads(home.idp("clients", "add", str(file), "--json"))["client_secret"])


def report(node: Node, machines: list[Machine]) -> None:
    """Measure each kind of request."""
    held = [{kind: machine.token(kind) for kind in KINDS} for machine in machines]

    def trivial(machine: Machine, _held: dict[str, str]) -> None:
        assert machine.client.get("/oidc/jwks").status_code == 200

    def ask(kind: str) -> Any:
        return lambda machine, _held: machine.token(kind)

    def introspect(kind: str, **headers: str) -> Any:
        return lambda machine, held: machine.post(kind, "/oidc/introspect", {"token": held[kind]}, **headers)

    signed = {"accept": "application/token-introspection+jwt"}
    kinds = {
        "JWKS (decides nothing)": trivial,
        "token, opaque": ask("opaque"),
        "token, JWT ES256": ask("es256"),
        "token, JWT RS256": ask("rs256"),
        "introspection": introspect("opaque"),
        "introspection signed, ES256": introspect("es256", **signed),
        "introspection signed, RS256": introspect("rs256", **signed),
    }
    compare(node, machines, held, kinds)


if __name__ == "__main__":
    main()
