"""Which levels count (facts 1.6, 3): never one below what was asked, never one that nobody knows."""

from __future__ import annotations

import pytest

from idp.federation.errors import Distrusted
from idp.federation.profile import ACR_FEDERATED, ProfileName
from tests.unit.federation.provider import provider

LOW, PLUS, OPENID = ProfileName


@pytest.mark.parametrize(
    ("profile", "acr", "kept"),
    [
        (LOW, "eidas1", "eidas1"),
        (LOW, "eidas2", "eidas2"),
        (LOW, "eidas3", "eidas3"),
        (PLUS, "eidas2", "eidas2"),
        (PLUS, "eidas3", "eidas3"),
        (OPENID, "eidas3", ACR_FEDERATED),
        (OPENID, "anything", ACR_FEDERATED),
        (OPENID, None, ACR_FEDERATED),
    ],
)
def test_a_level_that_was_asked_or_a_higher_one_is_kept(profile: ProfileName, acr: object, kept: str) -> None:
    with provider(profile, acr=acr) as upstream:
        assert upstream.way_back().identity.acr == kept


@pytest.mark.parametrize(
    ("profile", "acr"),
    [
        (PLUS, "eidas1"),
        *((LOW, acr) for acr in (None, "", "eidas0", "EIDAS2", "eidas2 ", 2, ["eidas2"])),
        *((PLUS, acr) for acr in (None, "", "eidas0", "EIDAS2", "eidas2 ", 2, ["eidas2"])),
    ],
)
def test_another_level_is_refused(profile: ProfileName, acr: object) -> None:
    with provider(profile, acr=acr) as upstream, pytest.raises(Distrusted, match="acr"):
        upstream.way_back()
