"""What ``idp check`` tells of the upstream provider, and which settings of it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.franceconnect import SECRET, MockFranceConnect, mock_franceconnect
from tests.unit.cli.conftest import Run


@pytest.fixture
def mock(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockFranceConnect]:
    with mock_franceconnect() as running:
        monkeypatch.setenv("IDP_FRANCECONNECT_ISSUER", running.issuer)
        monkeypatch.setenv("IDP_FRANCECONNECT_CLIENT_ID", "demo-espace-prive")
        monkeypatch.setenv("IDP_FRANCECONNECT_CLIENT_SECRET", SECRET)
        yield running


def test_check_tells_that_it_answers(ready: Run, mock: MockFranceConnect) -> None:
    ran = ready("check")
    assert ran.code == 0
    assert "upstream: answers" in ran.out
    assert abs(ready("check", "--json").json["upstream"]["seconds_apart"]) <= 1
    assert mock.log("discovery")


def test_check_stays_ready_when_it_does_not(ready: Run, mock: MockFranceConnect) -> None:
    mock.fault("34-issuer-other", times=0)
    ran = ready("check")
    assert ran.code == 0
    assert "upstream: does not answer as it should: the discovery document is of another issuer" in ran.out
    mock.reset()
    mock.fault("34-discovery-down")
    assert "status 503" in ready("check").out


def test_check_never_shows_the_secret(ready: Run, mock: MockFranceConnect) -> None:
    assert mock.issuer
    for words in (("check",), ("check", "--json")):
        ran = ready(*words)
        assert SECRET not in ran.out + ran.err


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"ISSUER": "https://fc.example/api/v2"}, "IDP_FRANCECONNECT_ISSUER needs IDP_FRANCECONNECT_CLIENT_ID"),
        ({"ISSUER": "http://fc.example/api/v2"}, "must be https, except on a loopback address"),
        ({"ISSUER": "https://fc.example/api/v2/"}, "must be an issuer such as"),
        ({"ISSUER": "https://me:pass@fc.example/"}, "must be an issuer such as"),
        ({"ALG": "HS256"}, "IDP_FRANCECONNECT_ALG"),
        ({"PROFILE": "saml"}, "IDP_FRANCECONNECT_PROFILE"),
    ],
    ids=str,
)
def test_a_setting_that_cannot_be_is_named(
    ready: Run, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], sentence: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"IDP_FRANCECONNECT_{name}", value)
    ran = ready("check")
    assert ran.code == 1
    assert sentence in ran.err


@pytest.mark.parametrize("content", [None, b"not an image", b"<svg/>" + b" " * 70_000], ids=["none", "text", "large"])
def test_artwork_that_cannot_be_is_named(
    ready: Run, home: Path, mock: MockFranceConnect, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    assert mock.issuer
    monkeypatch.setenv("IDP_FRANCECONNECT_BUTTON", "button.svg")
    if content is not None:
        (home / "button.svg").write_bytes(content)
    ran = ready("check")
    assert (ran.code, "IDP_FRANCECONNECT_BUTTON" in ran.err) == (1, True)
