"""Features meet by route names, and no GET changes anything (law 7)."""

from __future__ import annotations

import re
from dataclasses import replace

from idp.enrollment import recovery
from idp.enrollment.steps import WALK
from idp.kernel.clock import MINUTE
from tests.architecture.answers import browsers, dump, paths, routes
from tests.architecture.source import TEMPLATES, literals
from tests.support.house import Running

NAME = re.compile(r"(?:pages|enrollment|recovery|signin|space|account|franceconnect|oidc):[a-z_]+\Z")
OF_A_WALK = {walk.route(name) for walk in (WALK, recovery.WALK) for name in ("start", "resume", "back", "step")}
"""Every walk of enrollment names its own routes: one code for all of them."""


def test_every_route_name_used_exists(light: Running) -> None:
    every = {"certification": True, "registration": "open"}
    settings = light.house.settings.model_copy(update=every)  # every route there can be
    known = {route.name for route in routes(replace(light.house, settings=settings))}
    in_code = {text for _, text in literals() if NAME.match(text)}
    in_templates = {
        name
        for path in TEMPLATES.rglob("*.*")
        for name in re.findall(r"\burl\(\s*\"([^\"]+)\"", path.read_text("utf-8"))
    }
    assert (in_code | in_templates | OF_A_WALK) - known == set()
    assert known - in_code - OF_A_WALK == set()


def test_route_names_and_paths_are_unique(light: Running) -> None:
    found = routes(light.house)
    assert len({route.name for route in found}) == len(found)
    assert len({route.path for route in found}) == len(found)


def test_templates_link_by_route_name(light: Running) -> None:
    fixed = {"/.well-known/security.txt"}
    written = {
        address
        for path in TEMPLATES.rglob("*.html")
        for address in re.findall(r"(?:href|action|src)=\"([^\"{]+)", path.read_text("utf-8"))
    }
    assert {address for address in written if not address.startswith(("#", "data:", "tel:"))} == fixed
    assert fixed <= {route.path for route in routes(light.house)}


def test_no_get_changes_anything(light: Running) -> None:
    with browsers(light) as asking:
        light.clock.advance(2 * MINUTE)
        before = dump(light)
        assert all(before[table] for table in ("sessions", "enrollments", "outbox", "audit_events"))
        for who, browser in asking.items():
            for path in paths(light.house):
                answer = browser.client.get(path)
                assert answer.status_code < 500, f"{who} {path}"
                after = dump(light)
                changed = [table for table in before if before[table] != after[table]]
                assert changed == [], f"GET {path} as {who}"


def test_head_is_no_way_around(light: Running) -> None:
    with browsers(light) as asking:
        before = dump(light)
        for path in paths(light.house):
            assert asking["home"].client.head(path).status_code < 500, path
        assert dump(light) == before


def test_a_page_left_open_and_looked_at_again_changes_nothing(light: Running) -> None:
    with browsers(light) as asking:
        for who, browser in asking.items():
            before = dump(light)
            assert browser.page is None or browser.client.get(browser.page.url).status_code < 500
            assert dump(light) == before, who
