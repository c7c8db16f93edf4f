"""The 24 traps of the protocol kernel, each by what a portal would see over HTTP if we stepped into it.

Their guards are tested one by one in ``tests/unit/oidc/test_authlib_traps.py``. What belongs to an endpoint or to a
mode that a provider may leave out follows its metadata: advertised means it is right, else it must not be there.
"""

from __future__ import annotations

import base64
import logging
import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import structlog
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.kernel import log
from tests.conformance.world import World
from tests.support.any_mode import DESCRIPTION, answer_in, modes_of
from tests.support.browser import Browser
from tests.support.clock import FakeClock
from tests.support.forged import signed
from tests.support.house import CARD, PASSWORD, Running, change_password, enroll, open_account, running_house, sign_in
from tests.support.portal import Portal, Refused

ODD_STATE = 'a b+c&<"é%20;=\'>'
HOSTILE = ('fo"o', "fo\\o", "é", "\u200b", "<b>", "a b", "x" * 300, "'; --", "%", "&amp;")
DONE = "http://127.0.0.1:9/fini"
CODE = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "http://127.0.0.1:9/retour"}


@pytest.fixture(scope="module")
def certified(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A provider that offers whatever it can: what only certification asks, and open registration."""
    folder = tmp_path_factory.mktemp("certified")
    shutil.copyfile(sqlite_template, folder / "idp.db")
    url, more = f"sqlite:///{folder / 'idp.db'}", {"certification": True, "registration": "open"}
    with running_house(url, FakeClock(), folder, **more) as running:
        open_account(running)
        world = World(running)
        yield world
        world.close()


def refuse(portal: Portal, **form: str | None) -> str:
    """Return the error of a token request that must be refused."""
    answer = portal.ask(**form)
    assert 400 <= answer.status_code < 500, answer.text
    assert DESCRIPTION.match(answer.json().get("error_description", ""))
    return str(answer.json()["error"])


@pytest.mark.parametrize("value", HOSTILE)
def test_trap_01_no_character_of_a_stranger_makes_a_fault(member: Browser, portal: Portal, value: str) -> None:
    """Authlib builds its descriptions from raw input, and refuses to build some of them: a 500."""
    for uri in (f"https://evil.example/{value}", f"https://{value}/", f"{portal.redirect_uri}{value}", value):
        page = member.get(portal.start(redirect_uri=uri).url)
        assert page.status == 400
        assert "location" not in page.response.headers
    for name in ("response_type", "prompt", "max_age", "code_challenge_method", "code_challenge", "id_token_hint"):
        attempt = portal.start(**{name: value})
        member.get(attempt.url)
        assert answer_in(member, portal, attempt).params["error"]
    for name in ("grant_type", "code", "redirect_uri", "code_verifier", "client_assertion_type"):
        refuse(portal, **{**CODE, name: value})
    refuse(portal, grant_type="refresh_token", refresh_token=value, scope=value)


@pytest.mark.parametrize(
    "pair", [b"\xff\xfe:\xff", b"\xe9:\xe9", b"%ff:%ff", b"\x00:\x00", b"no colon", b":", b"\xed\xa0\x80:x"]
)
def test_trap_02_basic_credentials_that_no_text_are_are_refused(portal: Portal, pair: bytes) -> None:
    header = f"Basic {base64.b64encode(pair).decode()}"
    answer = portal.http.post(portal.metadata["token_endpoint"], data=CODE, headers={"authorization": header})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_trap_02_basic_credentials_are_form_decoded(world: World, member: Browser) -> None:
    """RFC 6749 2.3.1: ``+`` stands for a space there, so what is a plus comes as ``%2B``."""
    portal = world.portal(client_id=f"un+deux%25:trois/{world.clock.now()}")
    assert "%2B" in base64.b64decode(portal.basic().removeprefix("Basic ")).decode()
    assert world.tokens(portal, member).access


def test_trap_03_behind_a_proxy_the_uri_is_the_issuer_s(sqlite_template: Path, tmp_path: Path) -> None:
    """Authlib wants https and looks at the URL of the request, which is plain http behind a proxy."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    url, issuer = f"sqlite:///{tmp_path / 'idp.db'}", "https://compte.caisse.example"
    headers = {"host": "10.0.0.7", "x-forwarded-proto": "http", "x-forwarded-host": "voleur.example"}
    with running_house(url, FakeClock(), tmp_path, issuer=issuer) as running, running.browser(**headers) as browser:
        client = running.add_client()
        form = {**CODE, "client_id": client, "client_secret": running.clients[client]}
        for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
            told = browser.client.get(path).json()
            assert told["issuer"] == issuer
            links = {name: url for name, url in told.items() if name.endswith(("_endpoint", "_uri"))}
            assert {name: url for name, url in links.items() if not url.startswith(f"{issuer}/")} == {}
        basic = base64.b64encode(f"{client}:{running.clients[client]}".encode()).decode()
        answer = browser.client.post("/oidc/token", data=CODE, headers={"authorization": f"Basic {basic}"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
        query = urlencode({"client_id": client, "redirect_uri": form["redirect_uri"], "scope": "openid"})
        back = browser.client.get(f"/oidc/authorize?{query}").headers["location"]
        assert f"iss={quote(issuer, safe='')}" in back
        assert "voleur" not in back


def test_trap_04_one_authentication_one_value_and_no_query_at_the_token_endpoint(
    world: World, member: Browser, portal: Portal
) -> None:
    attempt, code = world.code(portal, member)
    good = {**CODE, "code": code, "code_verifier": attempt.verifier}
    assert refuse(portal, **good, client_id=portal.client_id, client_secret=portal.secret) == "invalid_request"
    headers = {"authorization": portal.basic()}
    for name in good:
        body = urlencode([*good.items(), (name, good[name])])
        sent = {**headers, "content-type": "application/x-www-form-urlencoded"}
        answer = portal.http.post(portal.metadata["token_endpoint"], content=body, headers=sent)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request"), name
        rest = {key: value for key, value in good.items() if key != name}
        split = f"{portal.metadata['token_endpoint']}?{urlencode({name: good[name]})}"
        assert portal.http.post(split, data=rest, headers=headers).status_code == 400, f"{name} in the query"
    for name in ("nonce", "prompt", "max_age", "code_challenge", "code_challenge_method", "scope", "response_type"):
        started = portal.start(prompt="login", max_age="60")
        member.get(f"{started.url}&{urlencode({name: started.params[name]})}")
        assert answer_in(member, portal, started).params["error"] == "invalid_request", name
    assert portal.redeem(attempt, code).status_code == 200, "none of them burned the code"


def test_trap_05_an_error_is_a_page_or_comes_back_in_the_mode_that_was_asked(
    nobody: Browser, portal: Portal
) -> None:
    for fault in ({"client_id": "personne"}, {"redirect_uri": "http://127.0.0.1:9/autre"}, {"redirect_uri": None}):
        page = nobody.get(portal.start(**fault).url)
        assert page.status == 400
        assert page.response.headers["content-type"].startswith("text/html"), "Authlib answers JSON"
    for mode in modes_of(portal):
        for change, error in (
            ({"prompt": "none"}, "login_required"),
            ({"scope": "profile"}, "invalid_scope"),
            ({"code_challenge_method": "plain"}, "invalid_request"),
        ):
            attempt = portal.start(response_mode=mode, **change)
            nobody.get(attempt.url)
            answer = answer_in(nobody, portal, attempt)
            assert (answer.mode, answer.params["error"]) == (mode, error)


def test_trap_05_what_would_carry_tokens_is_refused_outside_the_query(certified: World) -> None:
    portal, browser = certified.portal(), certified.signed_in()
    for response_type in portal.metadata["response_types_supported"]:
        if response_type == "code":
            continue
        told = certified.portal(response_types=[response_type], grant_types=["authorization_code", "implicit"])
        attempt = told.start(response_type=response_type, nonce=None)
        browser.get(attempt.url)
        answer = answer_in(browser, told, attempt)
        assert answer.mode == "fragment"
        assert ("error" in answer.params) == ("id_token" in response_type), "a nonce is needed for an ID token"


def test_trap_06_state_comes_back_intact_in_every_mode(member: Browser, portal: Portal) -> None:
    for mode in modes_of(portal):
        attempt = portal.start(state=ODD_STATE, response_mode=mode)
        member.get(attempt.url)
        answer = answer_in(member, portal, attempt)
        assert answer.mode == mode
        assert portal.tokens(attempt, answer.params["code"]).access
        if mode == "form_post":
            policy = answer.page.response.headers["content-security-policy"]
            assert "unsafe-" not in policy
            assert " onload=" not in answer.page.response.text
            assert answer.page.response.headers["cache-control"] == "no-store"


def test_trap_06_a_mode_that_nobody_advertises_is_refused(member: Browser, portal: Portal) -> None:
    for mode in {"bogus", "QUERY", "query fragment", "form_post", "fragment", "web_message"} - set(modes_of(portal)):
        attempt = portal.start(response_mode=mode)
        member.get(attempt.url)
        assert "error" in answer_in(member, portal, attempt).params, mode


def test_trap_06_no_token_ever_comes_in_a_query(certified: World) -> None:
    portal, browser = certified.portal(), certified.signed_in()
    for response_type in portal.metadata["response_types_supported"]:
        if response_type == "code":
            continue
        told = certified.portal(response_types=[response_type], grant_types=["authorization_code", "implicit"])
        browser.get(told.start(response_type=response_type, response_mode="query").url)
        assert "token=" not in "".join(browser.trail), response_type


def test_trap_07_iss_is_in_every_answer_good_or_bad(member: Browser, nobody: Browser, portal: Portal) -> None:
    assert portal.metadata["authorization_response_iss_parameter_supported"] is True
    for mode in modes_of(portal):
        for browser, change in ((member, {}), (nobody, {"prompt": "none"}), (nobody, {"response_type": "bogus"})):
            attempt = portal.start(response_mode=mode, **change)
            browser.get(attempt.url)
            assert answer_in(browser, portal, attempt).params["iss"] == portal.issuer


def test_trap_08_the_redirect_uri_is_never_left_out(member: Browser, portal: Portal) -> None:
    for absent in (None, ""):
        page = member.get(portal.start(redirect_uri=absent).url)
        assert page.status == 400
        assert "location" not in page.response.headers


def test_trap_09_unknown_scopes_are_ignored_and_openid_is_needed(
    world: World, member: Browser, portal: Portal
) -> None:
    assert world.tokens(portal, member, scope="openid inconnu:1 profile x").scope == ("openid", "profile")
    for scope in (None, "", "profile", "openid2", "OPENID"):
        attempt = portal.start(scope=scope)
        member.get(attempt.url)
        assert answer_in(member, portal, attempt).params["error"] == "invalid_scope"


def test_trap_10_prompts_are_met_once_and_none_shows_nothing(world: World, member: Browser, portal: Portal) -> None:
    attempt = portal.start(prompt="login")
    page = member.get(attempt.url)
    assert page.path == "/connexion"
    assert page.status == 200
    world.later(1)
    member.submit({"identifier": CARD.nir, "password": PASSWORD})
    assert portal.code(member.trail, attempt), "met by the sign-in, and not asked again"
    for prompt in ("none login", "none consent", "none select_account", "dance", "login dance", "None"):
        wrong = portal.start(prompt=prompt)
        member.get(wrong.url)
        assert answer_in(member, portal, wrong).params["error"] == "invalid_request", prompt
    for prompt in ("login consent", "select_account login"):
        assert member.get(portal.start(prompt=prompt).url).path == "/connexion", prompt


def test_trap_11_max_age_and_hints_are_read(world: World, member: Browser, portal: Portal) -> None:
    hint = world.tokens(portal, member).id_token
    world.later(10)
    for change, error in (
        ({"max_age": "5", "prompt": "none"}, "login_required"),
        ({"max_age": "0", "prompt": "none"}, "login_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"id_token_hint": hint[:-6] + "AAAAAA"}, "invalid_request"),
    ):
        attempt = portal.start(**change)
        member.get(attempt.url)
        assert answer_in(member, portal, attempt).params["error"] == error, change
    assert member.get(portal.start(max_age="5").url).path == "/connexion"
    told = world.tokens(portal, member, max_age="3600", prompt="none", id_token_hint=hint)
    assert told.claims["auth_time"] <= world.seconds() - 10
    assert "acr" in world.tokens(portal, member, acr_values="a b", ui_locales="fr", display="popup").claims
    if portal.metadata["claims_parameter_supported"]:
        asked = '{"userinfo":{"name":{"essential":true}},"id_token":{"auth_time":{"essential":true}}}'
        tokens = world.tokens(portal, member, scope="openid", claims=asked)
        assert "name" in portal.userinfo(tokens)
        assert "auth_time" in tokens.claims


def test_trap_12_auth_time_is_the_sign_in_s_and_stays_so(world: World, member: Browser, portal: Portal) -> None:
    signed_in = world.seconds()
    world.later(600)
    first = world.tokens(portal, member)
    world.later(600)
    again = portal.refresh(str(first.refresh))
    assert first.claims["auth_time"] == again.claims["auth_time"] <= signed_in
    assert again.claims["iat"] == first.claims["iat"] + 600
    for name in ("iss", "sub", "aud", "acr", "amr", "sid", "azp"):
        assert first.claims.get(name) == again.claims.get(name)


def test_trap_13_the_id_token_of_a_code_tells_nothing_about_the_person(
    world: World, member: Browser, portal: Portal
) -> None:
    tokens = world.tokens(portal, member, scope="openid profile email")
    assert portal.userinfo(tokens)["email"]
    personal = set(portal.userinfo(tokens)) - {"sub"}
    assert not personal & set(tokens.claims)


def test_trap_14_the_challenge_is_there_and_its_method_is_the_literal_s256(
    world: World, member: Browser
) -> None:
    for portal in (world.portal(), world.portal(token_endpoint_auth_method="none")):
        for change in (
            {"code_challenge": None, "code_challenge_method": None},
            {"code_challenge_method": None},
            {"code_challenge_method": "plain"},
            {"code_challenge_method": "s256"},
            {"code_challenge_method": "S256 "},
            {"code_challenge": None},
            {"code_challenge": ""},
        ):
            attempt = portal.start(**change)
            member.get(attempt.url)
            assert answer_in(member, portal, attempt).params["error"] == "invalid_request", change


def test_trap_15_a_narrowed_scope_is_one_token_s_and_a_replay_ends_the_family(
    world: World, member: Browser, portal: Portal
) -> None:
    first = world.tokens(portal, member, scope="openid profile email")
    narrow = portal.refresh(str(first.refresh), "openid email")
    assert narrow.scope == ("openid", "email")
    assert set(portal.userinfo(narrow)) <= {"sub", "email", "email_verified"}
    whole = portal.refresh(str(narrow.refresh))
    assert whole.scope == first.scope, "the family keeps its scope"
    world.later(31)
    assert refuse(portal, grant_type="refresh_token", refresh_token=first.refresh) == "invalid_grant"
    assert refuse(portal, grant_type="refresh_token", refresh_token=whole.refresh) == "invalid_grant"
    assert not portal.is_honoured(whole.access)


def test_trap_16_a_code_that_comes_again_takes_everything_back(world: World, member: Browser, portal: Portal) -> None:
    attempt, code = world.code(portal, member)
    tokens = portal.tokens(attempt, code)
    world.later(61)
    with pytest.raises(Refused) as refused:
        portal.tokens(attempt, code)
    assert refused.value.error == "invalid_grant"
    assert not portal.is_honoured(tokens.access)
    assert refuse(portal, grant_type="refresh_token", refresh_token=tokens.refresh) == "invalid_grant"


def test_trap_17_an_access_token_lives_for_600_seconds_whatever_gave_it(
    world: World, member: Browser, portal: Portal
) -> None:
    first = world.tokens(portal, member)
    again = portal.refresh(str(first.refresh))
    assert (first.whole["expires_in"], again.whole["expires_in"]) == (600, 600)
    world.later(600)
    assert not portal.is_honoured(first.access)
    assert not portal.is_honoured(again.access)
    machine = world.portal(grant_types=["authorization_code", "client_credentials"])
    answer = machine.ask(grant_type="client_credentials")
    if "client_credentials" in portal.metadata["grant_types_supported"]:
        assert answer.json()["expires_in"] <= 600
        assert "id_token" not in answer.json()
        assert "refresh_token" not in answer.json()
    else:
        assert answer.json()["error"] == "unsupported_grant_type"


def test_trap_18_a_nonce_may_come_again(world: World, member: Browser, portal: Portal) -> None:
    for _ in range(2):
        attempt = portal.start(nonce="toujours-le-meme")
        member.get(attempt.url)
        tokens = portal.judge(portal.redeem(attempt, portal.code(member.trail, attempt)), nonce="toujours-le-meme")
        assert tokens.claims["nonce"] == "toujours-le-meme"


def test_trap_19_no_order_of_hooks_skips_the_verifier_or_the_id_token(
    world: World, member: Browser, portal: Portal
) -> None:
    """Authlib keeps the extensions of a grant in a set: their order is another one in every process."""
    attempt, code = world.code(portal, member)
    answer = portal.redeem(attempt, code, code_verifier="A" * 43)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "id_token" not in answer.text
    tokens = portal.tokens(attempt, code)
    assert portal.refresh(str(tokens.refresh)).id_token


@pytest.fixture
def overheard(sqlite_template: Path, tmp_path: Path) -> Iterator[tuple[Running, StringIO]]:
    """A house whose every logger was told to say everything, before it was built."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    stream, before, root = StringIO(), structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log.configure(stream=stream, json=True)
    root.setLevel(logging.DEBUG)
    # What the test itself asks and receives is not the provider's to keep quiet about.
    theirs = ("httpx", "httpcore", "mail")
    root.handlers[0].addFilter(lambda record: not record.name.startswith(theirs))
    try:
        with running_house(f"sqlite:///{tmp_path / 'idp.db'}", FakeClock(), tmp_path) as running:
            yield running, stream
    finally:
        structlog.configure(**before)
        root.handlers[:] = handlers
        root.setLevel(level)


def test_trap_20_at_debug_level_no_log_holds_a_token(overheard: tuple[Running, StringIO]) -> None:
    running, stream = overheard
    world = World(running)
    portal, browser = world.portal(), world.browser()
    attempt = portal.start()
    browser.get(attempt.url)
    parked = browser.trail[-1]
    enroll(browser)
    provisional = running.deliver()[-1]
    browser.get(parked)
    sign_in(browser, provisional)
    change_password(browser)
    code = portal.code(browser.trail, attempt)
    tokens = portal.tokens(attempt, code)
    later = portal.refresh(str(tokens.refresh))
    portal.userinfo(later)
    browser.get(portal.logout_url(later.id_token))
    said = stream.getvalue()
    assert '"level": "debug"' in said, "somebody spoke at that level"
    secrets = {
        "access": tokens.access, "refresh": tokens.refresh, "id": tokens.id_token, "later access": later.access,
        "later refresh": later.refresh, "later id": later.id_token, "code": code, "verifier": attempt.verifier,
        "client": portal.secret, "provisional": provisional, "own": PASSWORD, "number": CARD.nir,
        **dict(browser.client.cookies.items()),
    }  # fmt: skip
    assert [name for name, value in secrets.items() if str(value) in said] == []
    world.close()


def test_trap_21_introspection_takes_any_hint_and_tells_the_owner_alone(
    world: World, member: Browser, portal: Portal
) -> None:
    endpoint = portal.metadata.get("introspection_endpoint")
    if endpoint is None:
        assert portal.http.post(f"{portal.issuer}/oidc/introspect", data={"token": "x"}).status_code == 404
        return
    tokens, other = world.tokens(portal, member), world.portal()
    for hint in ("bogus", "access_token", "refresh_token", "", "id_token"):
        form = {"token": tokens.access, "token_type_hint": hint}
        mine = portal.http.post(endpoint, data=form, headers={"authorization": portal.basic()})
        assert (mine.status_code, mine.json()["active"]) == (200, True), hint
        theirs = other.http.post(endpoint, data=form, headers={"authorization": other.basic()})
        assert (theirs.status_code, theirs.json()) == (200, {"active": False}), "RFC 7662 2.2: and nothing else"
    assert portal.http.post(endpoint, data={"token": tokens.access}).status_code == 401
    for unknown in ("x", "é", "x" * 3000):
        form = {"token": unknown, "token_type_hint": "bogus"}
        answer = portal.http.post(endpoint, data=form, headers={"authorization": portal.basic()})
        assert answer.status_code == 400 or answer.json() == {"active": False}


def test_trap_21_revocation_takes_any_hint_and_obeys_the_owner_alone(
    world: World, member: Browser, portal: Portal
) -> None:
    endpoint = portal.metadata.get("revocation_endpoint")
    if endpoint is None:
        assert portal.http.post(f"{portal.issuer}/oidc/revoke", data={"token": "x"}).status_code == 404
        return
    other = world.portal()
    for hint in ("bogus", "access_token", "refresh_token", ""):
        tokens = world.tokens(portal, member)
        form = {"token": tokens.access, "token_type_hint": hint}
        assert portal.http.post(endpoint, data=form).status_code == 401
        assert other.http.post(endpoint, data=form, headers={"authorization": other.basic()}).status_code < 500
        assert portal.is_honoured(tokens.access), "a stranger takes nothing away"
        assert portal.http.post(endpoint, data=form, headers={"authorization": portal.basic()}).status_code == 200
        assert not portal.is_honoured(tokens.access)
    form = {"token": "inconnu", "token_type_hint": "bogus"}
    assert portal.http.post(endpoint, data=form, headers={"authorization": portal.basic()}).status_code == 200


def test_trap_22_a_request_object_is_refused_to_the_client_where_none_is_supported(
    member: Browser, portal: Portal
) -> None:
    unsigned = "eyJhbGciOiJub25lIn0.e30."
    for name, value in (("request", unsigned), ("request", "x"), ("request_uri", "https://a.example/r.jwt")):
        if portal.metadata.get(f"{name}_parameter_supported", name == "request_uri"):
            continue  # the test below
        attempt = portal.start(**{name: value})
        member.get(attempt.url)
        assert answer_in(member, portal, attempt).params["error"] == f"{name}_not_supported"


def request_object(portal: Portal, key: ECKey, algorithm: str = "ES256", **claims: Any) -> str:
    """Return a signed request object; a member of None is left out."""
    whole = {"iss": portal.client_id, "aud": portal.issuer, "client_id": portal.client_id, "response_type": "code"}
    given = {name: value for name, value in {**whole, **claims}.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": "un"}, given, key, [algorithm])


def test_trap_22_a_request_object_is_merged_typed_and_signed_where_it_is_supported(certified: World) -> None:
    plain, browser = certified.portal(), certified.signed_in()
    if not plain.metadata["request_parameter_supported"]:
        attempt = plain.start(request="x.y.z")
        browser.get(attempt.url)
        assert answer_in(browser, plain, attempt).params["error"] == "request_not_supported"
        return
    key = ECKey.generate_key("P-256", {"kid": "un", "use": "sig", "alg": "ES256"})
    portal = certified.portal(jwks={"keys": [key.as_dict(private=False)]}, request_object_signing_alg="ES256")
    typed = request_object(portal, key, max_age=3600, claims={"userinfo": {"name": None}}, nonce="de-l-objet")
    attempt = portal.start(request=typed, nonce="dehors")
    browser.get(attempt.url)
    code = answer_in(browser, portal, attempt).params["code"]
    tokens = portal.judge(portal.redeem(attempt, code), nonce="de-l-objet")
    assert tokens.claims["nonce"] == "de-l-objet", "the object wins, what it leaves out comes from outside"
    other = ECKey.generate_key("P-256", {"kid": "un"})
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    for bad in (
        request_object(portal, other),
        request_object(portal, key, client_id="personne"),
        request_object(portal, key, response_type="id_token"),
        request_object(portal, key, iss="personne"),
        request_object(portal, key, aud="https://ailleurs.example"),
        f"{head}.{typed.split('.')[1]}.",
        typed[:-4] + "AAAA",
        "x",
    ):
        attempt = portal.start(request=bad)
        browser.get(attempt.url)
        assert answer_in(browser, portal, attempt).params["error"] == "invalid_request_object"


def test_trap_23_a_logout_hint_is_ours_to_the_last_claim_or_it_asks_first(
    world: World, member: Browser, portal: Portal
) -> None:
    claims = world.tokens(portal, member).claims
    bad: dict[str, Any] = {
        "another issuer": {**claims, "iss": "https://ailleurs.example"},
        "no issuer": {name: value for name, value in claims.items() if name != "iss"},
        "an issuer with a slash": {**claims, "iss": portal.issuer + "/"},
        "nobody's": {**claims, "aud": "personne"},
        "no audience": {name: value for name, value in claims.items() if name != "aud"},
        "odd types": {**claims, "aud": {"a": 1}, "sid": [1], "iss": 7},
        "nothing": {},
    }
    for name, told in bad.items():
        hint = signed(world.running, told)
        for post in (False, True):
            params = {"id_token_hint": hint, "post_logout_redirect_uri": DONE, "state": "s"}
            endpoint = portal.metadata["end_session_endpoint"]
            page = member.post(endpoint, params) if post else member.get(f"{endpoint}?{urlencode(params)}")
            assert page.status == 200, name
            assert member.trail[-1].startswith(member.base), name
            assert member.client.get("/espace").status_code == 200, f"{name}: still signed in"
    listed = signed(world.running, {**claims, "aud": [portal.client_id]})
    assert member.get(portal.logout_url(listed, post_logout_redirect_uri=DONE)).status == 200
    member.get("/espace")
    good = portal.logout_url(signed(world.running, claims), post_logout_redirect_uri=DONE)
    member.get(good)
    assert member.trail[-1] == DONE, "and a right one works"


@pytest.mark.parametrize("method", ["none", "private_key_jwt", "client_secret_basic", "client_secret_post"])
def test_trap_24_registration_gives_a_secret_to_whom_it_serves_and_keeps_what_it_knows(
    certified: World, method: str
) -> None:
    portal = certified.portal()
    endpoint = portal.metadata.get("registration_endpoint")
    document: dict[str, Any] = {
        "client_name": "Un portail",
        "redirect_uris": ["https://portail.example/retour"],
        "token_endpoint_auth_method": method,
        "inconnu_1": "x",
    }
    if endpoint is None:
        assert portal.http.post(f"{portal.issuer}/oidc/register", json=document).status_code == 404
        return
    if method == "private_key_jwt":
        key = ECKey.generate_key("P-256", {"kid": "un", "use": "sig", "alg": "ES256"})
        document["jwks"] = {"keys": [key.as_dict(private=False)]}
    answer = portal.http.post(endpoint, json=document)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert ("client_secret" in told) == method.startswith("client_secret")
    assert ("client_secret_expires_at" in told) == ("client_secret" in told)
    assert told["token_endpoint_auth_method"] == method
    assert "inconnu_1" not in told
    for bad, error in (
        ({**document, "redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({**document, "redirect_uris": "x"}, "invalid_redirect_uri"),
        ({**document, "token_endpoint_auth_method": "dance"}, "invalid_client_metadata"),
        ([], "invalid_client_metadata"),
    ):
        refused = portal.http.post(endpoint, json=bad)
        assert (refused.status_code, refused.json()["error"]) == (400, error), bad


def test_trap_24_registration_is_off_unless_it_was_asked_for(portal: Portal) -> None:
    assert "registration_endpoint" not in portal.metadata
    assert portal.http.post(f"{portal.issuer}/oidc/register", json={}).status_code == 404
