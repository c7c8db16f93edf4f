"""Third-party-initiated login (``oidcc-3rdparty-init-login-certification-test-plan``; OpenID Connect Core 4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from joserfc.jwk import RSAKey

from tests.conformance.plans.parties import User
from tests.conformance.plans.registering import DynamicSuite
from tests.conformance.plans.site import Site
from tests.conformance.plans.variant import CODE, Variant
from tests.conformance.world import World

VARIANTS = (CODE,)
HERE = "https://portail.example/test/a/idp/initiate_login?from=idp"


@pytest.fixture
def suite(registering: DynamicSuite) -> DynamicSuite:
    return registering


def test_oidcc_3rd_party_init_login(suite: DynamicSuite) -> None:
    """The address is kept, and told again to whoever reads the registration."""
    client = suite.register(initiate_login_uri=HERE)
    assert client.registration["initiate_login_uri"] == HERE
    assert suite.read(client)["initiate_login_uri"] == HERE


@pytest.mark.parametrize("where", ["http://portail.example/initiate_login", "http://127.0.0.1:9/initiate_login"])
def test_oidcc_3rd_party_init_login_nohttps(suite: DynamicSuite, where: str) -> None:
    """Core 4: the scheme must be https; this machine's own is no exception for who comes over the network."""
    suite.refused("invalid_client_metadata", initiate_login_uri=where)
