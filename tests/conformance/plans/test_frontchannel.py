"""Front-channel logout (``oidcc-frontchannel-rp-initiated-logout-certification-test-plan``), up for certification."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conformance.plans import forms
from tests.conformance.plans.leaving import came_back, leave, nobody_is_in, onward
from tests.conformance.plans.parties import AFTER_LOGOUT, User
from tests.conformance.plans.site import Site
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import CODE, Variant
from tests.conformance.world import World
from tests.support.browser import Page

VARIANTS = (CODE,)


@pytest.fixture
def suite(certified: World, variant: Variant, user: User, site: Site) -> Suite:
    return Suite(certified, variant, user, site)


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(suite: Suite) -> None:
    assert suite.metadata["frontchannel_logout_supported"] is True
    assert suite.metadata["frontchannel_logout_session_supported"] is True
    assert "end_session_endpoint" in suite.metadata


def test_oidcc_frontchannel_rp_initiated_logout(suite: Suite) -> None:
    """The page of the logout loads the relying party's, with ``iss`` and ``sid`` beside its own query, and goes on."""
    where = f"{suite.site.url}/frontchannel_logout?keep=me"
    suite.client = suite.register(
        redirect_uris=[f"{suite.site.url}/callback"],
        frontchannel_logout_uri=where,
        frontchannel_logout_session_required=True,
    )
    outcome = suite.flow()
    state = secrets.token_hex(64)
    page = leave(suite, id_token_hint=outcome.id_token, post_logout_redirect_uri=AFTER_LOGOUT, state=state)
    assert page.status == 200
    frames = [src for tag, src in forms.read(page.response.text).sources if tag == "iframe"]
    assert len(frames) == 1, "one relying party got tokens in this session"
    loaded = urlsplit(frames[0])
    assert f"{loaded.scheme}://{loaded.netloc}{loaded.path}" == f"{suite.site.url}/frontchannel_logout"
    query = parse_qsl(loaded.query, keep_blank_values=True)
    assert sorted(query) == sorted(
        [("keep", "me"), ("iss", suite.issuer), ("sid", outcome.claims["sid"])]
    ), "Front-Channel Logout 3"
    assert may_frame(page, suite.site.url)
    assert [came_back(address) for address in onward(page)] == [{"state": state}], "the user goes on to the portal"
    nobody_is_in(suite)


def may_frame(page: Page, origin: str) -> bool:
    """Tell whether the page's own policy lets it frame an origin (CSP 3)."""
    parts = (part.strip().partition(" ") for part in page.response.headers["content-security-policy"].split(";"))
    policy = {name: sources.split() for name, _, sources in parts}
    allowed = policy.get("frame-src", policy.get("child-src", policy.get("default-src", ["*"])))
    return bool({"*", origin, "http:", f"{origin}/frontchannel_logout"} & set(allowed))
