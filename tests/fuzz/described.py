"""Our OpenAPI description as schemathesis reads it: the part that discovery advertises, with names that exist here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
import schemathesis
import yaml  # type: ignore[import-untyped]
from hypothesis import strategies as st
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.fuzz.judge import is_of_the_server
from tests.fuzz.scene import BACK, BACK_WITH_QUERY, ENDED, Scene
from tests.fuzz.wire import Answer

Operation = schemathesis.schemas.APIOperation[Any, Any, Any, Any]
Case = schemathesis.Case[Any]
PER_EXAMPLE = 3
FILE = Path(__file__).parents[2] / "docs" / "openapi.yaml"
ADVERTISED = "x-advertised-as"
CHECKS: list[CheckFunction] = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""What holds of every answer. That what fits is accepted holds of none: nearly every word is a name of something."""
STRICT = [*CHECKS, negative_data_rejection]
"""What holds besides at the token endpoint: nothing but a right request gets anything."""


def whole() -> dict[str, Any]:
    """Return the description as it is written."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    return found


def document(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the description that a provider with this metadata has."""
    found = whole()
    advertised = {path: item.pop(ADVERTISED, "issuer") for path, item in found["paths"].items()}
    found["paths"] = {path: item for path, item in found["paths"].items() if advertised[path] in metadata}
    return found


def grounded(scene: Scene) -> dict[str, Any]:
    """Return that part, in which clients, addresses and tokens may also be those of this provider."""
    found = document(scene.metadata)
    known = {
        "ClientId": [portal.client_id for portal in scene.portals],
        "RedirectUri": [BACK, BACK_WITH_QUERY, ENDED],
        "Jwt": [scene.tokens.id_token, scene.former.id_token],
        "Token": [scene.tokens.access, scene.tokens.refresh, scene.former.access],
        "Scope": ["openid", "openid profile email", "openid offline_access"],
        "Prompt": ["none", "login", "consent", "select_account", "create"],
    }
    schemas = found["components"]["schemas"]
    for name, values in known.items():
        schemas[name] = {"anyOf": [{"type": "string", "enum": values}, schemas[name]]}
    return found


def operations(scene: Scene) -> list[Operation]:
    """Return every operation that this provider has."""
    schema = schemathesis.openapi.from_dict(grounded(scene))
    refusals = schema.config.checks.negative_data_rejection.expected_statuses
    schema.config.checks.negative_data_rejection.expected_statuses = [*refusals, "408", "413"]
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def takes_input(operation: Operation) -> bool:
    """Tell whether there is more than one way to ask it."""
    return bool(operation.body) or any(operation.iter_parameters())


def cases(operation: Operation) -> st.SearchStrategy[Case]:
    """Return requests to an operation: those it allows, and those it forbids where it forbids any."""
    allowed = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if not takes_input(operation):
        return allowed
    return allowed | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)


class Portals:
    """Sends what schemathesis made up, and holds the answers against the description and against the judge."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()

    def send(self, case: Case) -> None:
        """Send one request three times: as nobody, as somebody, and as somebody who is not (or no longer) who they say.

        Making a case up costs several times what its answer costs.
        """
        for headers in ({}, *self._proofs(case.path)):
            self._send(case, headers)

    def _send(self, case: Case, headers: dict[str, str]) -> None:
        scene = self._scene
        found = case.call(scene.running.url, session=self._session, headers=headers, allow_redirects=False)
        scene.wire.sent += 1
        answer = _answer(found)
        if is_of_the_server(answer):
            return  # an address longer than HTTP bears: nobody of ours read it
        case.validate_response(found, checks=STRICT if case.path == "/oidc/token" else CHECKS, headers=headers)
        scene.judge.judge(answer, framed=scene.is_framed(case.path.encode()))
        if case.path == "/oidc/userinfo" and case.method == "GET" and scene.tokens.access not in str(headers):
            assert answer.status == 401, answer
        scene.log.is_clean()
        scene.stay_signed_in("idp_session=" in str(found.headers.get("set-cookie", "")) and "Cookie" in headers)

    def _proofs(self, path: str) -> tuple[dict[str, str], ...]:
        scene = self._scene
        if path in ("/oidc/authorize", "/oidc/logout"):
            cookie = scene.cookie().decode()
            return {"Cookie": cookie}, {"Cookie": cookie.replace("_session=", "_session=x")}
        if path == "/oidc/userinfo":
            return tuple(
                {"Authorization": f"Bearer {token}"} for token in (scene.tokens.access, scene.tokens.id_token)
            )
        return {"Authorization": scene.portal.basic()}, {"Authorization": scene.portal.basic("wrong")}


def _answer(found: Response) -> Answer:
    pairs = tuple((name.lower(), value) for name, values in found.headers.items() for value in values)
    return Answer(found.status_code, pairs, found.content)
