"""What each kind of provider is asked, exactly (facts 1.3, 1.5, 3): FranceConnect refuses a parameter too many."""

from __future__ import annotations

import base64
import hashlib
import re
from urllib.parse import parse_qsl, urlsplit

import pytest

from idp.federation.errors import Unavailable
from idp.federation.franceconnect import nonce_of, verifier_of
from idp.federation.profile import PROFILES, ProfileName
from tests.unit.federation.provider import BROWSER, CODE, STATE, Provider, provider

HEX = re.compile(r"[0-9a-f]{64}\Z")
SAME = {
    "response_type": "code",
    "client_id": "us",
    "redirect_uri": "https://us.example/r",
    "state": STATE,
    "nonce": nonce_of(STATE, BROWSER),
}
ASKED = {
    ProfileName.FRANCECONNECT: {"scope": "openid identite_pivot idp_birthdate", "acr_values": "eidas1"},
    ProfileName.FRANCECONNECT_PLUS: {"scope": "openid identite_pivot rnipp_identite_pivot", "acr_values": "eidas2"},
    ProfileName.OPENID: {
        "scope": "openid profile",
        "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier_of(STATE, BROWSER).encode()).digest())
        .rstrip(b"=")
        .decode(),
    },
}
LOW_AND_PLUS = (ProfileName.FRANCECONNECT, ProfileName.FRANCECONNECT_PLUS)


@pytest.mark.parametrize("profile", ProfileName)
def test_the_browser_carries_these_parameters_and_no_other(profile: ProfileName) -> None:
    with provider(profile) as upstream:
        there = urlsplit(upstream.way_there())
    assert there._replace(query="").geturl() == f"{upstream.url}/authorize"
    told = parse_qsl(there.query, keep_blank_values=True)
    assert len(told) == len(dict(told))
    assert dict(told) == {**SAME, **ASKED[profile]}


@pytest.mark.parametrize("profile", LOW_AND_PLUS)
def test_while_franceconnect_is_silent_its_documented_place_serves(profile: ProfileName) -> None:
    with provider(profile, discovery=False) as upstream:
        there = urlsplit(upstream.way_there())
    assert there._replace(query="").geturl() == f"{upstream.url}/authorize"


def test_of_another_provider_nothing_is_known_while_it_is_silent() -> None:
    with provider(ProfileName.OPENID, discovery=False) as upstream, pytest.raises(Unavailable):
        upstream.way_there()


@pytest.mark.parametrize("derive", [nonce_of, verifier_of])
def test_a_nonce_and_a_verifier_are_one_transaction_s_in_one_browser(derive: object) -> None:
    assert callable(derive)
    told = {derive(state, browser) for state in (STATE, "0" * 64) for browser in (BROWSER, "another")}
    assert len(told) == 4
    assert derive(STATE, BROWSER) in told
    assert nonce_of(STATE, BROWSER) != verifier_of(STATE, BROWSER)


def test_a_nonce_is_64_hexadecimal_characters() -> None:
    assert HEX.match(nonce_of(STATE, BROWSER))


def test_a_verifier_is_one() -> None:
    assert re.match(r"[A-Za-z0-9._~-]{43,128}\Z", verifier_of(STATE, BROWSER)), "RFC 7636 4.1"


# --- the token request ------------------------------------------------------------------------------------------------

FORM = {"grant_type": "authorization_code", "code": CODE, "redirect_uri": "https://us.example/r"}


def redeemed(upstream: Provider) -> tuple[dict[str, str], dict[str, str]]:
    """Come back; return headers and form of the one token request."""
    upstream.way_back()
    ((method, _, headers, form),) = [asked for asked in upstream.asked if asked[1] == "/token"]
    assert method == "POST"
    return headers, form


@pytest.mark.parametrize("profile", LOW_AND_PLUS)
def test_franceconnect_gets_the_secret_in_the_form_and_no_verifier(profile: ProfileName) -> None:
    with provider(profile, acr="eidas2") as upstream:
        headers, form = redeemed(upstream)
    assert form == {**FORM, "client_id": "us", "client_secret": "our secret: + &"}
    assert "authorization" not in headers


def test_another_provider_gets_the_secret_in_the_header_and_the_verifier() -> None:
    with provider(ProfileName.OPENID) as upstream:
        headers, form = redeemed(upstream)
    assert form == {**FORM, "code_verifier": verifier_of(STATE, BROWSER)}
    told = base64.b64decode(headers["authorization"].removeprefix("Basic "))
    assert told == b"us:our+secret%3A+%2B+%26", "RFC 6749 2.3.1"


@pytest.mark.parametrize("profile", ProfileName)
def test_whoever_comes_back_is_read(profile: ProfileName) -> None:
    with provider(profile, acr="eidas2") as upstream:
        back = upstream.way_back()
    assert (back.identity.issuer, back.identity.sub, back.person.family_name) == (upstream.url, "the-sub", "VASSEUR")
    assert back.id_token.count(".") == 2, "the signed token, not the encrypted one, ends the session there"
    ((method, _, headers, _),) = [asked for asked in upstream.asked if asked[1] == "/userinfo"]
    assert (method, headers["authorization"]) == ("GET", "Bearer access")


# --- levels -----------------------------------------------------------------------------------------------------------


def test_the_weakest_level_is_asked_for() -> None:
    for profile in PROFILES.values():
        assert list(profile.levels) == sorted(profile.levels)


@pytest.mark.parametrize(
    ("named", "issuer", "counts"),
    [("openid", None, True), ("franceconnect", None, False), ("openid", "https://evil.example", False)],
)
def test_franceconnect_always_names_itself_in_the_callback(named: str, issuer: str | None, counts: bool) -> None:
    with provider(ProfileName(named)) as upstream:
        assert upstream.client.is_named(issuer) is counts
        assert upstream.client.is_named(upstream.url)
