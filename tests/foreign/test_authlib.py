"""authlib, as its example uses it."""

from __future__ import annotations

import pytest

from tests.support.foreign import story
from tests.support.house import MAIL, Running

pytestmark = pytest.mark.deep


def test_signs_in_refreshes_reads_userinfo_and_signs_out(provider: Running) -> None:
    known = story(provider, "authlib")
    assert known["userinfo"]["email"] == MAIL
    assert known["userinfo"]["sub"] == known["claims"]["sub"]
    assert known["userinfo"]["name"]
