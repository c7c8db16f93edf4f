"""The demo portal signs in, refreshes and signs out, and refuses what a relying party must refuse."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from idp.demo.portal import build, client_metadata
from idp.demo.relying import Registration
from tests.unit.demo.provider import ISSUER, Provider

BASE = "http://localhost:8002"


class Visit:
    """One browser at the portal, whose provider is `provider`."""

    def __init__(self) -> None:
        self.provider = Provider()
        app = build(
            Registration(ISSUER, "demo-portal", "secret", BASE), httpx2.ASGITransport(self.provider.app())
        )
        self.browser = TestClient(app, base_url=BASE, follow_redirects=False)

    def start(self) -> dict[str, str]:
        answer = self.browser.get("/login")
        assert answer.status_code == 302, answer.text
        query = {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()
        }
        self.provider.nonce = query["nonce"]
        return query

    def back(self, state: str, **changes: str) -> Any:
        return self.browser.get("/callback", params={"code": "c", "state": state, "iss": ISSUER, **changes})

    def sign_in(self) -> None:
        assert self.back(self.start()["state"]).status_code == 303


@pytest.fixture
def visit() -> Visit:
    return Visit()


def test_a_sign_in_uses_pkce_and_ends_on_the_claims(visit: Visit) -> None:
    query = visit.start()
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == f"{BASE}/callback"
    assert visit.back(query["state"]).headers["location"] == "/compte"
    assert len(visit.provider.forms[0]["code_verifier"]) >= 43
    page = visit.browser.get("/compte").text
    assert "Bonjour Camille Vasseur" in page
    assert "member-1" in page


def test_the_cookie_holds_an_id_and_changes_at_sign_in(visit: Visit) -> None:
    state = visit.start()["state"]
    before = visit.browser.cookies["portal_session"]
    visit.back(state)
    after = visit.browser.cookies["portal_session"]
    assert before != after
    assert len(after) == 43
    visit.browser.cookies.set("portal_session", before, domain="localhost.local")
    assert visit.browser.get("/compte", headers={"cookie": f"portal_session={before}"}).status_code == 303


def test_two_tabs_may_sign_in_side_by_side(visit: Visit) -> None:
    first = visit.start()
    first_nonce = visit.provider.nonce
    second = visit.start()
    assert visit.back(second["state"]).status_code == 303
    visit.provider.nonce = first_nonce
    assert visit.back(first["state"]).status_code == 303


def test_an_answer_of_another_issuer_is_refused(visit: Visit) -> None:
    state = visit.start()["state"]
    assert visit.back(state, iss="http://localhost:8001").status_code == 400
    assert visit.provider.forms == []


def test_an_answer_without_issuer_is_refused(visit: Visit) -> None:
    state = visit.start()["state"]
    assert visit.browser.get("/callback", params={"code": "c", "state": state}).status_code == 400


def test_a_discovery_document_of_another_issuer_is_refused(visit: Visit) -> None:
    visit.provider.spoil_metadata = lambda metadata: metadata.update(issuer="http://localhost:8001")
    assert visit.browser.get("/login").status_code == 502


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "http://localhost:8001"},
        {"aud": "other"},
        {"aud": ["other", "demo-portal"], "azp": "other"},
        {"nonce": "other"},
        {"exp": 1},
    ],
    ids=["iss", "aud", "azp", "nonce", "exp"],
)
def test_a_wrong_id_token_is_refused(visit: Visit, wrong: dict[str, Any]) -> None:
    visit.provider.spoil_claims = lambda claims: claims.update(wrong)
    assert visit.back(visit.start()["state"]).status_code == 400
    assert visit.browser.get("/compte").status_code == 303


def test_a_missing_id_token_is_refused(visit: Visit) -> None:
    visit.provider.spoil_token = lambda token: token.pop("id_token")
    assert visit.back(visit.start()["state"]).status_code == 400


def test_userinfo_of_somebody_else_is_refused(visit: Visit) -> None:
    visit.provider.spoil_userinfo = lambda userinfo: userinfo.update(sub="member-2")
    assert visit.back(visit.start()["state"]).status_code == 400


def test_an_unknown_state_and_a_refusal_by_the_provider_end_on_a_page(visit: Visit) -> None:
    assert visit.back("unknown").status_code == 400
    state = visit.start()["state"]
    answer = visit.browser.get("/callback", params={"error": "access_denied", "state": state, "iss": ISSUER})
    assert answer.status_code == 400
    assert "access_denied" in answer.text


def test_a_third_party_starts_a_sign_in_at_our_issuer_only(visit: Visit) -> None:
    assert visit.browser.get("/login", params={"iss": ISSUER}).status_code == 302
    assert visit.browser.get("/login", params={"iss": "https://elsewhere.example"}).status_code == 400


def test_a_refresh_brings_new_tokens(visit: Visit) -> None:
    visit.sign_in()
    assert visit.browser.post("/refresh").status_code == 303
    assert visit.provider.forms[-1]["refresh_token"] == "refresh-1"
    assert "Le jeton a été renouvelé" in visit.browser.get("/compte").text
    visit.browser.post("/refresh")
    assert visit.provider.forms[-1]["refresh_token"] == "refresh-2"


def test_a_refused_refresh_ends_the_session(visit: Visit) -> None:
    visit.sign_in()

    def refuse(token: dict[str, Any]) -> None:
        token.clear()
        token["error"] = "invalid_grant"

    visit.provider.spoil_token = refuse
    assert visit.browser.post("/refresh").status_code == 401
    assert visit.browser.get("/compte").status_code == 303


def test_a_foreign_page_can_neither_refresh_nor_sign_out(visit: Visit) -> None:
    visit.sign_in()
    for path in ("/refresh", "/logout"):
        visit.browser.post(path, headers={"origin": "http://localhost:9999"})
    assert len(visit.provider.forms) == 1
    assert visit.browser.get("/compte").status_code == 200


def test_a_sign_out_goes_to_the_provider_and_comes_back(visit: Visit) -> None:
    visit.sign_in()
    location = visit.browser.post("/logout", headers={"origin": BASE}).headers["location"]
    query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
    assert location.startswith(f"{ISSUER}/oidc/logout?")
    assert query["id_token_hint"].count(".") == 2
    assert query["post_logout_redirect_uri"] == f"{BASE}/signed-out"
    assert visit.browser.get("/compte").status_code == 303
    assert (
        "auprès de votre caisse." in visit.browser.get("/signed-out", params={"state": query["state"]}).text
    )
    assert "peut-être encore ouverte" in visit.browser.get("/signed-out").text


def test_an_unreachable_provider_is_said_plainly() -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    app = build(Registration(ISSUER, "demo-portal", "secret", BASE), httpx2.MockTransport(refuse))
    answer = TestClient(app, base_url=BASE).get("/login")
    assert answer.status_code == 503
    assert "ne répond pas" in answer.text


def test_the_registration_names_only_addresses_of_the_portal() -> None:
    metadata = client_metadata(BASE)
    uris = [
        *metadata["redirect_uris"],
        *metadata["post_logout_redirect_uris"],
        metadata["initiate_login_uri"],
    ]
    assert all(uri.startswith(f"{BASE}/") for uri in uris)
