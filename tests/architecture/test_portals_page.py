"""``docs/portals.md`` tells the truth; that its examples work is for ``tests/foreign`` to prove."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from idp.kernel.clock import DAY, HOUR, MINUTE, SECOND, Instant
from idp.kernel.keyring import JWKS_CACHE
from idp.oidc.access_tokens import ACCESS_LIFE
from idp.oidc.claims import CLAIMS
from idp.oidc.clients import OFFLINE_ACCESS
from idp.oidc.codes import LIFE as CODE_LIFE
from idp.oidc.grants.refresh_token import GRACE
from idp.oidc.metadata import read_metadata
from idp.oidc.profiles import PORTAL
from idp.oidc.pushing import LIFE as PUSHED_LIFE
from idp.oidc.routes import CROSS_ORIGIN, PATHS
from idp.oidc.tokens import GRANT_LIFE, ID_TOKEN_LIFE, PUBLIC_GRANT_LIFE, REFRESH_IDLE
from tests.architecture.source import ROOT
from tests.support.house import Running
from tests.support.http import client

PAGE = (ROOT / "docs/portals.md").read_text("utf-8")
EXAMPLES = sorted(path.parent for path in ROOT.glob("docs/portals/*/client.json"))
LIFETIMES = [
    (JWKS_CACHE, MINUTE, "kept for {} minutes"),
    (CODE_LIFE, SECOND, "A code** lives {} seconds"),
    (PUSHED_LIFE, SECOND, "(RFC 9126), good for {} seconds"),
    (ID_TOKEN_LIFE, MINUTE, "ID token** lives {} minutes"),
    (ACCESS_LIFE, MINUTE, "access token** lives {} minutes"),
    (GRACE, SECOND, "works again within {} seconds"),
    (REFRESH_IDLE, DAY, "after {} days without use"),
    (GRANT_LIFE, DAY, "after {} in all"),
    (PUBLIC_GRANT_LIFE, HOUR, "after {} hours"),
]


def rows(heading: str) -> dict[str, str]:
    """Return a table of the page, its first cell to its second, by the name of its first column."""
    table = re.search(rf"^\| {heading} \|.*\n\| ---.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table, heading
    cells = [line.strip("| ").split(" | ") for line in table[1].splitlines()]
    return {name.strip("` "): "".join(told) for name, *told in cells}


@pytest.mark.parametrize(("life", "unit", "sentence"), LIFETIMES)
def test_lifetimes_are_those_of_the_code(life: Instant, unit: int, sentence: str) -> None:
    assert sentence.format(life // unit) in PAGE.replace("\n  ", " ").replace("\n", " ")


def test_every_endpoint_of_the_page_is_in_the_discovery_document(light: Running) -> None:
    with client() as http:
        told = http.get(f"{light.url}/.well-known/openid-configuration").json()
    assert set(rows("endpoint")) <= set(told)


def test_every_scope_is_told_with_claims_that_exist() -> None:
    told = rows("scope")
    assert set(told) == set(PORTAL.scopes) - {OFFLINE_ACCESS}
    assert {claim for claims in told.values() for claim in re.findall(r"`(\w+)`", claims)} <= set(CLAIMS)


def test_the_first_document_can_be_registered() -> None:
    document = re.search(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert document
    assert read_metadata(json.loads(document[1])).metadata.client_name == "Terres et Projets"


def test_every_member_of_the_table_can_be_registered() -> None:
    known = {*read_metadata({"client_name": "x", "redirect_uris": ["https://a.example/"]}).metadata.__slots__, "scope"}
    assert {name.strip("`") for names in rows("member") for name in names.split(", ")} <= known


def test_the_sentence_on_other_origins_names_what_they_may_call() -> None:
    names = {name.removeprefix("oidc:") for name in CROSS_ORIGIN} - {"oauth_metadata"}
    assert names == {"discovery", "jwks", "token", "userinfo", "revoke"}
    assert "may call discovery, keys, token, revocation and userinfo (CORS" in PAGE
    assert set(CROSS_ORIGIN) - set(PATHS) == {"oidc:discovery", "oidc:oauth_metadata"}


def test_every_example_has_its_section_and_every_section_its_example() -> None:
    named = re.findall(r"idp clients add docs/portals/([\w-]+)/client\.json", PAGE)
    assert sorted(named) == [path.name for path in EXAMPLES]
    headings = {heading.lower() for heading in re.findall(r"^## (.+)$", PAGE, re.MULTILINE)}
    assert set(named) <= headings
    assert [link for link in re.findall(r"\]\((portals/[^)]+)\)", PAGE) if not (ROOT / "docs" / link).exists()] == []


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_an_example_registers_what_the_page_exports(folder: Path) -> None:
    registered = read_metadata(json.loads((folder / "client.json").read_text("utf-8")))
    exported = re.search(rf"CLIENT_ID={registered.client_id}\b.* PORT=(\d+)", PAGE)
    assert exported
    uris = registered.metadata.redirect_uris + registered.metadata.post_logout_redirect_uris
    assert all(uri.startswith(f"http://localhost:{exported[1]}/") for uri in uris)


def test_lock_files_pin_every_package_and_name_no_registry() -> None:
    locks = sorted(ROOT.glob("docs/portals/*/package-lock.json"))
    assert len(locks) == 3
    for lock in locks:
        text = lock.read_text("utf-8")
        packages = json.loads(text)["packages"]
        assert "resolved" not in text
        assert all("integrity" in package for name, package in packages.items() if name)
