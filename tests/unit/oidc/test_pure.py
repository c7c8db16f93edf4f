"""Claims, redirect URIs, answers and the discovery document: no store, no clock."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from authlib.oidc.discovery import OpenIDProviderMetadata
from hypothesis import given
from hypothesis import strategies as st

from idp.accounts.account import Account
from idp.members.member import Address, Gender, Member, Situation
from idp.oidc.claims import CLAIMS_OF, Claims, birthdate, claims_of
from idp.oidc.client_auth import ClientRefused, read_credentials
from idp.oidc.endpoints.discovery import document
from idp.oidc.keys import SigningKeys
from idp.oidc.levels import level_told
from idp.oidc.profiles import FRANCECONNECT, PORTAL, PROFILES
from idp.oidc.routes import PATHS
from idp.oidc.tokens import half_hash
from idp.oidc.uris import problem
from idp.web.issuer import Issuer
from idp.web.links import with_params

MEMBER = Member(
    "m", "Martin", "Camille, Jeanne", None, Gender.FEMALE, "1984-05-03", "59350", "99100", Situation.PARTICULIER,
    True, True, True, Address("1 rue du Pré", "59000", "Lille", "FR"), False,
)  # fmt: skip
ACCOUNT = Account("a", "m", 1, 1, None, None, "c@courriel.example", None, "+33639981234", True, 1)


def test_every_claim_of_a_scope_is_named_and_told() -> None:
    for profile in (PORTAL, PROFILES[FRANCECONNECT]):
        for scope, teller in profile.tells.items():
            assert set(teller(MEMBER, ACCOUNT)) <= set(CLAIMS_OF[scope]), scope
    assert set(CLAIMS_OF) == {*PORTAL.tells, *PROFILES[FRANCECONNECT].tells}


def told(*scopes: str) -> Claims:
    return claims_of(PORTAL.tells, scopes, MEMBER, ACCOUNT)


def test_each_scope_tells_its_claims_and_no_other() -> None:
    assert told("openid", "offline_access") == {}
    assert told("profile") == {
        "name": "Camille Martin",
        "given_name": "Camille Jeanne",
        "family_name": "Martin",
        "gender": "female",
        "birthdate": "1984-05-03",
        "locale": "fr-FR",
    }
    assert told("email") == {"email": "c@courriel.example", "email_verified": False}
    assert told("phone") == {"phone_number": "+33639981234", "phone_number_verified": False}
    assert told("address")["address"]["formatted"] == "1 rue du Pré\n59000 Lille\nFR"


@pytest.mark.parametrize(("chosen", "said"), [(None, False), (7, True)])
def test_what_the_member_chose_is_told_as_yes_or_no(chosen: int | None, said: bool) -> None:
    account = replace(ACCOUNT, documents_by_email_at=chosen)
    assert claims_of(PORTAL.tells, ["preferences"], MEMBER, account) == {"documents_by_email": said}


CIVIL = {
    "given_name": "Camille Jeanne",
    "family_name": "Martin",
    "gender": "female",
    "birthdate": "1984-05-03",
    "birthplace": "59350",
    "birthcountry": "99100",
}


@pytest.mark.parametrize(
    ("member", "differs"),
    [
        (MEMBER, {}),
        (replace(MEMBER, usage_name="Le Goff"), {"preferred_username": "Le Goff"}),
        (replace(MEMBER, birthdate="1962-07-00"), {"birthdate": "1962-07-00"}),
        (replace(MEMBER, birthdate="1962-00-00"), {"birthdate": "1962-00-00"}),
        (replace(MEMBER, birthplace=None, birthcountry="99352"), {"birthplace": "", "birthcountry": "99352"}),
    ],
)
def test_franceconnect_is_told_the_civil_register(member: Member, differs: dict[str, str]) -> None:
    tells, asked = PROFILES[FRANCECONNECT].tells, ["openid", "profile", "birth", "phone", "address"]
    assert claims_of(tells, asked, member, ACCOUNT) == {**CIVIL, **differs}


def test_a_usual_portal_is_never_told_where_a_member_was_born() -> None:
    assert told("birth") == {}
    assert "birth" not in PORTAL.scopes


@pytest.mark.parametrize(
    ("proven_by", "proven"),
    [
        ("vitale_front", True), ("vitale_back", True), ("letter", True),
        ("in_person", True), ("by_phone", True), ("by_agent", True),
        ("payment", False), ("invoice", False), ("franceconnect", False), (None, False),
    ],
)  # fmt: skip
def test_a_declared_level_is_told_of_accounts_that_were_proven_well(proven_by: str | None, proven: bool) -> None:
    level = "urn:idp:acr:password"
    assert level_told(level, {"password": "eidas1"}, proven_by) == ("eidas1" if proven else None)
    assert level_told(level, {}, proven_by) == level, "what nobody declared is called by its own name"
    assert level_told("eidas1", {"password": "eidas2"}, proven_by) == "eidas1", "as received, and no other"


@pytest.mark.parametrize(
    ("recorded", "told"),
    [
        ("1984-05-03", "1984-05-03"),
        ("1962-00-00", "1962"),
        ("1962-07-00", "1962"),
        ("0000-01-01", None),
        ("1700-01-01", None),
    ],
)
def test_an_unknown_day_leaves_the_year(recorded: str, told: str | None) -> None:
    assert birthdate(recorded) == told


@given(st.text())
def test_no_text_breaks_the_reading_of_a_uri_or_of_credentials(text: str) -> None:
    assert problem(text) is None or isinstance(problem(text), str)
    with suppress(ClientRefused):
        assert read_credentials(text, {}).client_id


def test_nothing_to_add_adds_nothing() -> None:
    assert with_params("https://a.example/?x", {}) == "https://a.example/?x"


def test_the_discovery_document_is_valid_and_claims_no_more_than_there_is() -> None:
    whole = document(Issuer("https://idp.example"), PATHS.__getitem__)
    OpenIDProviderMetadata(whole).validate()
    assert whole["code_challenge_methods_supported"] == ["S256"]
    assert whole["response_types_supported"] == ["code"]
    assert "registration_endpoint" not in whole
    assert "preferences" in whole["scopes_supported"]
    assert "birth" not in whole["scopes_supported"], "it is one client's alone"


def test_at_hash_is_the_half_of_the_digest() -> None:
    # OpenID Connect Core A.3 shows this token with this hash.
    assert half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") == "77QmUPtjPfzWtF2AnpK9RQ"


def test_a_node_without_keys_does_not_start() -> None:
    with pytest.raises(LookupError):
        SigningKeys((), ())
