"""``docs/openapi.yaml`` describes the protocol endpoints that the application has, and no others."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.architecture.answers import routes
from tests.fuzz.described import ADVERTISED, FILE, document, whole
from tests.fuzz.scene import Scene
from tests.support.openapi import OpenApi

OURS = re.compile(r"/oidc/|/\.well-known/o")
OF_OUR_PAGES = "/oidc/authorize/{}"
"""Where our own pages go on with a parked request: nothing that a portal calls."""
_METHODS = frozenset({"get", "post", "put", "delete", "patch"})


@pytest.fixture(params=["usual", "certified"])
def scene(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_paths_and_methods_are_the_application_s(scene: Scene) -> None:
    described = {
        (_nameless(path), method.upper())
        for path, item in document(scene.metadata)["paths"].items()
        for method in _METHODS & set(item)
    }
    served = {
        (_nameless(route.path), method)
        for route in routes(scene.running.house)
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
        if OURS.match(route.path) and _nameless(route.path) != OF_OUR_PAGES
    }
    assert described == served


def test_what_discovery_names_is_described_there(scene: Scene) -> None:
    paths = whole()["paths"]
    for name, value in scene.metadata.items():
        if isinstance(value, str) and value.startswith(f"{scene.running.url}/oidc/"):
            assert paths[value.removeprefix(scene.running.url)][ADVERTISED] == name


def test_every_member_of_discovery_fits_the_description(scene: Scene) -> None:
    described = whole()["components"]["schemas"]["Metadata"]
    assert set(described["required"]) <= set(scene.metadata)
    of_addresses = {name for name in scene.metadata if name.endswith(("_endpoint", "_uri", "_iframe"))}
    assert of_addresses <= set(described["properties"])


def test_every_reference_leads_somewhere() -> None:
    description = OpenApi(FILE)
    assert all(description.resolve(node) is not None for node in description.nodes() if "$ref" in node)


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    operations = [item[method] for item in whole()["paths"].values() for method in _METHODS & set(item)]
    assert len({each["operationId"] for each in operations}) == len(operations)
    assert all(each["summary"] and each["responses"] for each in operations)


def _nameless(path: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", path)
