"""The mock does what FranceConnect does: one test for each of the twenty behaviours that a client depends on."""

import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from idp.demo.franceconnect.citizens import everybody
from idp.demo.franceconnect.clients import load_clients
from idp.demo.franceconnect.level import LOW
from idp.demo.people import PEOPLE
from tests.support.franceconnect import MockFranceConnect, franceconnect_client, mock_franceconnect
from tests.unit.demo.visit import NONCE, STATE, Visit, claims, error_code, header, returned, told

BASE = "http://localhost:8000"
ALL = (
    "openid profile birth identite_pivot given_name family_name birthdate gender birthplace birthcountry email "
    "preferred_username idp_birthdate"
)
CLIENTS = [
    franceconnect_client(BASE, client_id="service", scope=ALL, entity_id="entity-one"),
    franceconnect_client(BASE, client_id="rsa", scope=f"{ALL} amr idp_id", id_token_signed_response_alg="RS256"),
    franceconnect_client(BASE, client_id="sibling", scope="openid", entity_id="entity-one"),
]
PIVOT = {
    "given_name", "given_name_array", "family_name", "birthdate", "gender", "birthplace", "birthcountry",
}  # fmt: skip
TECHNICAL = {"sub", "aud", "exp", "iat", "iss"}


@pytest.fixture(scope="module")
def process() -> Iterator[MockFranceConnect]:
    with mock_franceconnect(clients=CLIENTS) as mock:
        yield mock


@pytest.fixture
def mock(process: MockFranceConnect) -> MockFranceConnect:
    process.reset()
    return process


@pytest.fixture
def visit(mock: MockFranceConnect) -> Iterator[Visit]:
    with Visit(mock) as visit:
        yield visit


def get(mock: MockFranceConnect, path: str) -> httpx2.Response:
    return httpx2.get(f"{mock.issuer}{path}", trust_env=False)


def test_behaviour_01_everything_hangs_under_the_issuer_and_may_be_kept_ten_minutes(mock: MockFranceConnect) -> None:
    assert re.fullmatch(r"http://localhost:\d+/api/v2", mock.issuer)
    for path in ("/.well-known/openid-configuration", "/jwks"):
        answer = get(mock, path)
        assert answer.headers["cache-control"] == "public, max-age=600"
        assert "set-cookie" not in answer.headers
    metadata = get(mock, "/.well-known/openid-configuration").json()
    assert metadata["issuer"] == mock.issuer
    assert metadata["end_session_endpoint"] == f"{mock.issuer}/session/end"
    assert get(mock, "").status_code == 301
    unknown = get(mock, "/nowhere")
    assert (unknown.status_code, error_code(unknown)) == (404, "Y000404")


def test_behaviour_02_two_keys_are_published_and_hs256_is_announced_all_the_same(mock: MockFranceConnect) -> None:
    keys = get(mock, "/jwks").json()["keys"]
    assert [(key["kty"], key["alg"], key["use"]) for key in keys] == [("EC", "ES256", "sig"), ("RSA", "RS256", "sig")]
    assert not any({"d", "p", "q"} & set(key) for key in keys)
    assert len({key["kid"] for key in keys}) == 2
    metadata = get(mock, "/.well-known/openid-configuration").json()
    assert metadata["id_token_signing_alg_values_supported"] == ["HS256", "ES256", "RS256"]
    for client_id, algorithm in (("service", "ES256"), ("rsa", "RS256")):
        with Visit(mock, client_id) as visit:
            token = visit.tokens()["id_token"]
        verified = jws.deserialize_compact(token, KeySet.import_key_set({"keys": keys}), algorithms=[algorithm])
        assert verified.headers()["alg"] == algorithm


def test_behaviour_03_the_metadata_has_its_flags(mock: MockFranceConnect) -> None:
    metadata = get(mock, "/.well-known/openid-configuration").json()
    assert metadata["subject_types_supported"] == ["pairwise"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["claims_parameter_supported"] is True
    assert metadata["token_endpoint_auth_methods_supported"] == ["client_secret_post", "private_key_jwt"]
    assert metadata["acr_values_supported"] == ["eidas1"]
    assert not {"address", "offline_access"} & set(metadata["scopes_supported"])


WRONG: list[tuple[str, str | None]] = [
    *((name, "x") for name in ("code_challenge", "max_age", "login_hint", "display", "response_mode", "request")),
    *((name, None) for name in ("acr_values", "client_id", "nonce", "redirect_uri", "response_type", "scope", "state")),
    ("nonce", "n" * 21),
    *(("prompt", value) for value in ("", "none", "select_account", "login none")),
    ("redirect_uri", "http://elsewhere.example/retour"),
    ("redirect_uri", "not an address"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_behaviour_04_parameters_are_a_closed_list(visit: Visit, name: str, value: str | None) -> None:
    answer = visit.authorize(**{name: value})
    assert (answer.status_code, error_code(answer)) == (400, "Y030007")


def test_behaviour_04_both_methods_are_taken_and_a_repeated_parameter_is_not(visit: Visit) -> None:
    address = f"{visit.mock.issuer}/authorize"
    assert visit.browser.post(address, data=visit.params(prompt="login consent", ui_locales="fr")).status_code == 303
    twice = f"{address}?{urlencode([*visit.params().items(), ('state', 'another')])}"
    assert error_code(visit.browser.get(twice)) == "Y030007"


def test_behaviour_05_an_unknown_client_or_address_is_shown_and_never_sent_back(visit: Visit) -> None:
    assert error_code(visit.authorize(client_id="nobody")) == "Y04EA6EF"
    for uri in (f"{visit.redirect_uri}/", f"{visit.redirect_uri}?a=b", "https://elsewhere.example/"):
        assert error_code(visit.authorize(redirect_uri=uri)) == "Y04C013C"


@pytest.mark.parametrize(
    ("wrong", "error", "fragment"),
    [
        ({"scope": "identite_pivot"}, "invalid_request", False),
        ({"scope": "openid address"}, "invalid_scope", False),
        ({"scope": "openid idp_id"}, "invalid_scope", False),
        ({"response_type": "unheard"}, "unsupported_response_type", False),
        ({"response_type": ""}, "invalid_request", False),
        ({"response_type": "code id_token"}, "unsupported_response_type", True),
        ({"acr_values": "eidas2"}, "invalid_acr", False),
        ({"idp_hint": "elsewhere"}, "invalid_idp_hint", False),
        ({"claims": "{"}, "invalid_request", False),
    ],
)
def test_behaviour_06_later_errors_go_back_to_the_client(
    visit: Visit, wrong: dict[str, str | None], error: str, fragment: bool
) -> None:
    back = returned(visit.authorize(**wrong), fragment)
    assert (back["error"], back["state"], back["iss"]) == (error, STATE, visit.mock.issuer)


def test_behaviour_06_amr_is_given_to_those_who_may_ask(mock: MockFranceConnect, visit: Visit) -> None:
    asked = json.dumps({"id_token": {"amr": {"essential": True}}})
    assert error_code(visit.authorize(claims=asked)) == "Y100009"
    with Visit(mock, "rsa") as granted:
        assert claims(granted.tokens(claims=asked)["id_token"])["amr"] == ["fc", "pwd"]


@pytest.mark.parametrize("asked", ["eidas1", "eidas3 eidas1", "eidas2 eidas1 eidas3", "unheard", "loa-1 eidas1"])
def test_behaviour_07_the_lowest_known_level_wins_and_an_unknown_one_means_eidas1(visit: Visit, asked: str) -> None:
    assert claims(visit.tokens(acr_values=asked)["id_token"])["acr"] == "eidas1"


def test_behaviour_08_a_visitor_may_go_back_choose_and_read_what_is_sent(visit: Visit) -> None:
    page = visit.pages(scope="openid identite_pivot email")
    choice = visit.browser.get(page).text
    assert "Revenir sur Espace privé" in choice
    assert 'name="citizen" value="trois-prenoms"' in choice
    assert visit.choose(page, "trois-prenoms").headers["location"] == page
    information = visit.browser.get(page).text
    assert "Vous allez vous connecter en tant que Lucien BRIDOUX" in information
    assert {"Prénoms", "Nom de naissance", "Adresse e-mail"} <= set(re.findall("<li>([^<]+)</li>", information))
    assert "code" in returned(visit.confirm(page))

    back = returned(visit.browser.get(f"{visit.pages()}/abort"))
    assert (back["error"], back["error_description"]) == ("access_denied", "User auth aborted")
    page = visit.pages(scope="openid")
    assert "la connexion est anonyme" in visit.browser.get(page).text


def test_behaviour_09_a_session_spares_the_choice_for_thirty_minutes_that_slide(visit: Visit) -> None:
    visit.choose(visit.pages(), "trois-prenoms")
    visit.mock.clock(20 * 60)
    assert "Lucien BRIDOUX" in visit.browser.get(visit.pages()).text
    visit.mock.clock(40 * 60)
    page = visit.pages(prompt="login")
    assert "Lucien BRIDOUX" in visit.browser.get(page).text
    code = returned(visit.confirm(page))["code"]
    token = claims(visit.token(code).json()["id_token"])
    assert token["auth_time"] == token["iat"]
    visit.mock.clock(40 * 60 + 1801)
    assert "Qui êtes-vous" in visit.browser.get(visit.pages()).text


def test_behaviour_09_another_browser_has_no_part_in_a_session_nor_in_a_page(mock: MockFranceConnect) -> None:
    with Visit(mock) as one, Visit(mock) as other:
        page = one.pages()
        one.choose(page, "trois-prenoms")
        assert error_code(other.browser.get(page)) == "Y000400"
        assert "Qui êtes-vous" in other.browser.get(other.pages()).text


def test_behaviour_10_the_way_back_carries_code_state_and_iss(visit: Visit) -> None:
    visit.mock.citizen("trois-prenoms")
    answer = visit.authorize()
    back = returned(answer)
    assert set(back) == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == (STATE, visit.mock.issuer)
    assert answer.headers["cache-control"] == "no-store"


def test_behaviour_11_a_code_serves_once_its_own_client_and_address(mock: MockFranceConnect, visit: Visit) -> None:
    body = visit.token(code := visit.code())
    assert body.status_code == 200
    assert set(body.json()) == {"access_token", "expires_in", "id_token", "scope", "token_type"}
    assert (body.json()["expires_in"], body.json()["token_type"]) == (60, "Bearer")
    assert body.headers["cache-control"] == "no-store"
    assert told(visit.token(code))[:2] == (400, "invalid_grant")
    assert visit.userinfo(body.json()["access_token"]).status_code == 401, "a replay ends what came from the code"
    with Visit(mock, "sibling") as other:
        assert told(other.token(visit.code()))[:2] == (400, "invalid_grant")
    assert told(visit.token(visit.code(), redirect_uri=f"{BASE}/other"))[:2] == (400, "invalid_grant")
    code = visit.code()
    mock.clock(30)
    assert told(visit.token(code))[:2] == (400, "invalid_grant")


def test_behaviour_11_the_secret_comes_in_the_form_alone(visit: Visit) -> None:
    code = visit.code()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": visit.redirect_uri}
    basic = visit.back_channel.post(
        f"{visit.mock.issuer}/token", data=form, auth=(visit.client["client_id"], visit.client["client_secret"])
    )
    assert told(basic)[:2] == (401, "invalid_client")
    assert told(visit.token(code, client_secret="wrong"))[:2] == (401, "invalid_client")
    assert told(visit.token(code, client_id="nobody"))[:2] == (401, "invalid_client")
    assert visit.token(code).status_code == 200


def test_behaviour_12_the_id_token_has_eight_members_and_says_nothing_of_the_person(visit: Visit) -> None:
    token = visit.tokens()["id_token"]
    assert set(header(token)) == {"alg", "kid"}
    body = claims(token)
    assert set(body) == {"sub", "acr", "auth_time", "nonce", "aud", "exp", "iat", "iss"}
    assert (body["aud"], body["nonce"], body["iss"]) == ("service", NONCE, visit.mock.issuer)
    assert body["exp"] == body["iat"] + 60


def test_behaviour_13_userinfo_is_signed_and_ends_with_token_and_grant(visit: Visit) -> None:
    tokens = visit.tokens()
    answer = visit.userinfo(tokens["access_token"])
    assert answer.headers["content-type"] == "application/jwt; charset=utf-8"
    assert set(header(answer.text)) == {"alg", "kid"}
    body = claims(answer.text)
    assert set(body) == PIVOT | TECHNICAL
    assert (body["sub"], body["aud"]) == (claims(tokens["id_token"])["sub"], "service")
    assert body["exp"] - body["iat"] <= 60
    assert visit.back_channel.post(f"{visit.mock.issuer}/userinfo").status_code == 404
    assert told(visit.back_channel.get(f"{visit.mock.issuer}/userinfo"))[:2] == (401, "invalid_token")
    visit.mock.clock(30)
    assert told(visit.userinfo(tokens["access_token"]))[:2] == (401, "invalid_token"), "the grant lives 30 seconds"


def test_behaviour_14_errors_are_json_with_a_code_and_an_id_for_support(visit: Visit) -> None:
    status, error, description = told(visit.token("unknown"))
    assert (status, error) == (400, "invalid_grant")
    assert description == "grant request is invalid (authorization code not found)"
    assert told(visit.token(""))[2] == "missing required parameter 'code'"
    assert told(visit.token(visit.code(), client_secret="wrong"))[2] == (
        "client authentication failed (invalid secret provided)"
    )
    assert told(visit.userinfo("x"))[2] == "invalid token provided (access token not found)"


def test_behaviour_15_citizens_have_every_case(visit: Visit) -> None:
    spaced = visit.person("prenom-avec-espace", scope=ALL)
    assert spaced["given_name"] == "Marie Claire Anne Lucie"
    assert spaced["given_name_array"] == ["Marie Claire", "Anne", "Lucie"]
    assert len(visit.person("nom-tres-long")["family_name"]) > 50
    assert visit.person("nom-d-usage", scope=ALL)["preferred_username"] == "WILLERVAL"
    assert visit.person("nom-d-usage-vide", scope=ALL)["preferred_username"] == ""
    assert "preferred_username" not in visit.person("un-prenom", scope=ALL)
    day = visit.person("jour-presume", scope=ALL)
    assert (day["birthdate"], day["idp_birthdate"]) == ("1958-11-01", "1958-11-00")
    year = visit.person("jour-et-mois-presumes", scope=ALL)
    assert (year["birthdate"], year["idp_birthdate"]) == ("1947-01-01", "1947-00-00")
    assert visit.person("genre-non-precise")["gender"] == "unspecified"
    places = (
        "corse-2a", "corse-2b", "polynesie", "wallis", "algerie", "maroc", "portugal", "belgique", "espagne", "italie",
    )  # fmt: skip
    born = [(person["birthplace"], person["birthcountry"]) for person in map(visit.person, places)]
    assert born == [
        ("2A041", "99100"), ("2B096", "99100"), ("98735", "99100"), ("98613", "99100"), ("", "99352"), ("", "99350"),
        ("", "99139"), ("", "99131"), ("", "99134"), ("", "99127"),
    ]  # fmt: skip
    one, other = visit.person("jumelle-1"), visit.person("jumelle-2")
    assert one["sub"] != other["sub"]
    assert {name for name in PIVOT if one[name] != other[name]} == {"given_name", "given_name_array"}


@pytest.mark.parametrize(
    ("key", "error", "description"),
    [
        ("homonyme-1", "access_denied", "user authentication aborted"),
        ("homonyme-2", "access_denied", "user authentication aborted"),
        ("decede", "access_denied", "user authentication aborted"),
        ("registre-en-panne", "temporarily_unavailable", "authentication aborted due to a technical error"),
    ],
)
def test_behaviour_15_the_register_refuses_some(visit: Visit, key: str, error: str, description: str) -> None:
    back = returned(visit.choose(visit.pages(), key))
    assert (back["error"], back["error_description"], back["state"]) == (error, description, STATE)
    visit.mock.citizen(key)
    assert returned(visit.authorize())["error"] == error


def test_behaviour_15_an_identity_without_email_is_shown_then_told(visit: Visit) -> None:
    page = visit.pages()
    answer = visit.choose(page, "sans-courriel")
    assert (answer.status_code, error_code(answer)) == (400, "Y600006")
    assert returned(visit.browser.get(f"{page}/return"))["error"] == "server_error"


def test_behaviour_15_every_demo_member_is_a_citizen_with_the_same_identity() -> None:
    citizens = list(everybody(date(2026, 11, 26)).values())[: len(PEOPLE)]
    assert len({citizen.key for citizen in citizens}) == len(PEOPLE)
    for person, citizen in zip(PEOPLE, citizens, strict=True):
        civil = citizen.civil
        assert civil.family_name == person.birth_name.upper()
        assert " ".join(civil.given_names) == person.given_names
        assert civil.birthdate == person.birthdate.isoformat()
        assert (civil.gender, civil.birthplace, civil.birthcountry) == (
            person.gender, person.birthplace, person.birthcountry,
        )  # fmt: skip


def test_behaviour_16_sub_is_the_entity_s_own_and_follows_the_civil_status(mock: MockFranceConnect) -> None:
    with Visit(mock, "service") as one, Visit(mock, "sibling") as sibling, Visit(mock, "rsa") as other:
        sub = one.person()["sub"]
        assert re.fullmatch(r"[0-9a-f]{64}v1", sub)
        assert one.person()["sub"] == sub
        assert sibling.person(scope="openid")["sub"] == sub
        assert other.person()["sub"] != sub
        mock.civil_status("trois-prenoms", family_name="BRIDOUX-LELEU")
        corrected = one.person()
    assert corrected["family_name"] == "BRIDOUX-LELEU"
    assert corrected["sub"] != sub


@pytest.mark.parametrize(
    ("scope", "opened"),
    [
        ("", set()),
        ("profile", PIVOT - {"birthplace", "birthcountry"} | {"preferred_username"}),
        ("birth", {"birthplace", "birthcountry"}),
        ("identite_pivot", PIVOT),
        ("given_name", {"given_name", "given_name_array"}),
        *((name, {name}) for name in (
            "family_name", "birthdate", "gender", "birthplace", "birthcountry", "email", "preferred_username",
            "idp_birthdate", "idp_id",
        )),
        ("amr", set()),
        ("birth email", {"birthplace", "birthcountry", "email"}),
    ],
)  # fmt: skip
def test_behaviour_17_a_scope_opens_its_claims_and_no_other(
    mock: MockFranceConnect, scope: str, opened: set[str]
) -> None:
    with Visit(mock, "rsa") as visit:
        assert set(visit.person("nom-d-usage", scope=f"openid {scope}")) == opened | TECHNICAL


def test_behaviour_18_a_logout_needs_a_hint_and_comes_back_with_its_state(visit: Visit) -> None:
    page = visit.pages()
    visit.choose(page, "trois-prenoms")
    hint = visit.token(returned(visit.confirm(page))["code"]).json()["id_token"]
    target = visit.client["post_logout_redirect_uris"][0]
    visit.mock.clock(300)  # an expired hint is still one
    answer = visit.leave(id_token_hint=hint, post_logout_redirect_uri=target, state="s1")
    assert '<script src="/franceconnect.js">' in answer.text
    assert "forms[0].submit()" in visit.browser.get(f"{visit.mock.base}/franceconnect.js").text
    assert visit.press_on(answer).headers["location"] == f"{target}?state=s1"
    assert "Qui êtes-vous" in visit.browser.get(visit.pages()).text
    farewell = visit.press_on(visit.leave(id_token_hint=hint)).headers["location"]
    assert "Vous êtes bien déconnecté" in visit.browser.get(farewell).text


def test_behaviour_18_a_wrong_logout_strands_the_browser(visit: Visit) -> None:
    hint = visit.tokens()["id_token"]
    target = visit.client["post_logout_redirect_uris"][0]
    assert error_code(visit.leave(post_logout_redirect_uri=target, state="s")) == "Y030007"
    assert error_code(visit.leave(id_token_hint=hint, nonce="n")) == "Y030007"
    for wrong in ({"post_logout_redirect_uri": f"{target}/"}, {"client_id": "rsa"}):
        assert error_code(visit.leave(id_token_hint=hint, **wrong)) == "invalid_request"
    for forged in (f"{hint[:-4]}AAAA", "x", "a.b.c"):
        assert error_code(visit.leave(id_token_hint=forged)) == "invalid_request"
    visit.mock.rotate()
    assert visit.leave(id_token_hint=hint).status_code == 200, "an older key still proves where a hint comes from"


def test_behaviour_19_a_revocation_has_a_closed_list(visit: Visit) -> None:
    token = visit.tokens()["access_token"]
    form = {key: visit.client[key] for key in ("client_id", "client_secret")}
    address = f"{visit.mock.issuer}/token/revocation"
    hinted = visit.back_channel.post(address, data={**form, "token": token, "token_type_hint": "access_token"})
    assert told(hinted)[:2] == (400, "invalid_request")
    assert told(visit.back_channel.post(address, data={**form, "token": "short"}))[:2] == (400, "invalid_request")
    assert visit.userinfo(token).status_code == 200
    for _ in range(2):
        assert visit.back_channel.post(address, data={**form, "token": token}).status_code == 200
    assert visit.userinfo(token).status_code == 401


def test_behaviour_20_the_control_API_serves_programs_of_this_machine(visit: Visit) -> None:  # noqa: N802
    mock = visit.mock
    address = f"{mock.base}/_control"
    assert httpx2.post(f"{address}/reset", headers={"Origin": mock.base}, trust_env=False).status_code == 403
    assert httpx2.post(f"{address}/reset", headers={"Host": "elsewhere.example"}, trust_env=False).status_code == 403
    for command, wrong in (
        ("citizen", {"key": "nobody"}), ("civil-status", {"key": "un-prenom", "nose": "long"}),
        ("clock", {"offset": "x"}), ("fault", {"name": "99-unheard"}),
        ("fault", {"at": "nowhere", "wire": "hang"}), ("fault", {"at": "token"}),
        ("fault", {"at": "token", "wire": "unheard"}), ("fault", {"at": "token", "wire": "hang", "times": -1}),
        ("fault", {"at": "jwks", "sign": "none"}),
    ):  # fmt: skip
        assert httpx2.post(f"{address}/{command}", json=wrong, trust_env=False).status_code == 400, (command, wrong)
    kids = {key["kid"] for key in get(mock, "/jwks").json()["keys"]}
    assert kids.isdisjoint(mock.rotate())
    assert kids.isdisjoint({key["kid"] for key in get(mock, "/jwks").json()["keys"]})
    visit.tokens()
    [entry] = mock.log("token")
    assert [name for name, _ in entry["form"]] == ["grant_type", "code", "redirect_uri", "client_id", "client_secret"]
    mock.reset()
    assert mock.log() == []
    assert kids == {key["kid"] for key in get(mock, "/jwks").json()["keys"]}


def test_behaviour_20_a_seed_repeats_and_no_control_is_the_rule() -> None:
    seen = []
    for _ in range(2):
        with mock_franceconnect(control=False, clients=[], seed=7) as mock:
            key = get(mock, "/jwks").json()["keys"][0]
            control = httpx2.post(f"{mock.base}/_control/reset", trust_env=False)
            page = httpx2.get(
                f"{mock.issuer}/authorize",
                params={
                    "client_id": "client-de-demonstration", "redirect_uri": "http://localhost:5173/any/where",
                    "response_type": "code", "scope": "openid", "acr_values": "eidas1", "state": STATE, "nonce": NONCE,
                },
                trust_env=False,
            )  # fmt: skip
        assert control.status_code == 404
        seen.append((key["x"], page.headers["location"].rpartition("/")[2]))
    assert seen[0] == seen[1]


def test_a_clients_file_that_cannot_serve_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "demo-franceconnect.json"
    for content, said in (
        ("[]x", "Extra data"),
        ("[1]", "is a JSON object"),
        ('{"client_id": "a"}', "lacks client_secret, redirect_uris"),
        (json.dumps(franceconnect_client(BASE, id_token_signed_response_alg="HS256")), "algorithm is one of"),
        (json.dumps(franceconnect_client(BASE, scope="openid address")), "no such scope at this level: address"),
    ):
        path.write_text(content, "utf-8")
        with pytest.raises(ValueError, match=said):
            load_clients(path, LOW)
