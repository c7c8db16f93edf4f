"""Each trap of the protocol kernel that this release meets has its guard, and each guard a test under its number."""

from __future__ import annotations

import base64
import logging
from io import StringIO

import pytest

from idp.kernel.clock import HOUR
from idp.kernel.errors import ShownError
from idp.kernel.log import configure
from idp.oidc.authorizing import Done, Screen
from idp.oidc.requests import Resolved, ReturnedError
from tests.unit.oidc.world import CALLBACK, SECRET, VERIFIER, World, basic

CODE = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}


@pytest.mark.parametrize(
    "uri", ['https://evil.example/"x', "https://évil.example/", "https://e/\\", "\x00", "https://e/\ud7ff"]
)
def test_trap_01_a_hostile_redirect_uri_is_a_page_and_no_fault(world: World, uri: str) -> None:
    with pytest.raises(ShownError) as shown:
        world.ask(redirect_uri=uri)
    assert shown.value.status == 400


@pytest.mark.parametrize("value", ['fo"o', "é", "\\", "x\x00y", "code token", "token"])
def test_trap_01_a_hostile_response_type_goes_back_as_plain_ascii(world: World, value: str) -> None:
    with pytest.raises(ReturnedError) as returned:
        world.ask(response_type=value)
    assert returned.value.description.isascii()
    assert value not in returned.value.description


@pytest.mark.parametrize("value", ['gr"ant', "é", "x\x00y", "password", ""])
def test_trap_01_a_hostile_grant_type_is_an_error_in_ascii(world: World, value: str) -> None:
    answer = world.token({"grant_type": value})
    assert answer.status == 400
    assert str(answer.body).isascii()


@pytest.mark.parametrize(
    "header",
    [
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic é",
        "Basic ====",
        "Basic",
        "Basic " + base64.b64encode(b"portail").decode(),
        "Basic " + base64.b64encode(b"portail:%ff").decode(),
        "Basic " + base64.b64encode(b"\x00:\x00").decode(),
        "Bearer x",
        "",
    ],
)
def test_trap_02_an_unreadable_authorization_header_is_invalid_client(world: World, header: str) -> None:
    answer = world.token({**CODE, "code": "x"}, header)
    assert (answer.status, answer.body["error"]) == (401, "invalid_client")


def test_trap_02_basic_credentials_are_form_decoded(world: World) -> None:
    world.client("un+deux%")
    code = world.code("un+deux%")
    assert world.token({**CODE, "code": code}, basic("un%2Bdeux%25", SECRET)).status == 200


def test_trap_03_the_request_is_https_by_the_issuer_whatever_a_proxy_says(world: World) -> None:
    assert world.tokens()


def test_trap_04_two_authentication_methods_are_refused(world: World) -> None:
    answer = world.token({**CODE, "code": "x", "client_id": "portail", "client_secret": SECRET}, basic("portail"))
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")


def test_trap_04_the_registered_method_is_the_only_one(world: World) -> None:
    world.client("post", token_endpoint_auth_method="client_secret_post")
    code = world.code("post")
    assert world.token({**CODE, "code": code}, basic("post")).body["error"] == "invalid_client"
    form = {**CODE, "code": code, "client_id": "post"}
    assert world.token(form).body["error"] == "invalid_client"
    assert world.token({**form, "client_secret": SECRET + "x"}).body["error"] == "invalid_client"
    assert world.token({**form, "client_secret": SECRET}).status == 200


@pytest.mark.parametrize("name", ["nonce", "prompt", "code_challenge", "state", "scope", "max_age"])
def test_trap_04_a_parameter_sent_twice_is_refused(world: World, name: str) -> None:
    pairs = [*world.query(), (name, "1"), (name, "2")]
    with world.begin() as unit, pytest.raises(ReturnedError) as returned:
        world.authorizing.answer(unit, Resolved(pairs), world.here(), world.clock.now())
    assert returned.value.error == "invalid_request"


def test_trap_04_a_token_parameter_sent_twice_is_refused(world: World) -> None:
    answer = world.token([*CODE.items(), ("code", "a"), ("code", "b")], basic("portail"))
    assert answer.body["error"] == "invalid_request"


def test_trap_06_a_mode_that_exists_is_taken_and_no_other(world: World) -> None:
    with pytest.raises(ReturnedError, match="invalid_request"):
        world.ask(response_mode="bogus")
    for mode in ("query", "fragment", "form_post"):
        done = world.ask(response_mode=mode)
        assert isinstance(done, Done)
        assert done.to.mode == mode


def test_trap_08_the_redirect_uri_is_never_filled_in(world: World) -> None:
    with pytest.raises(ShownError):
        world.ask(redirect_uri=None)


def test_trap_09_unknown_scopes_are_ignored_and_openid_is_needed(world: World) -> None:
    assert world.tokens(scope="openid bogus profile")["scope"] == "openid profile"
    for scope in (None, "", "profile"):
        with pytest.raises(ReturnedError, match="invalid_scope"):
            world.ask(scope=scope)


def test_trap_10_prompt_login_is_met_once_and_by_a_newer_sign_in(world: World) -> None:
    parked = world.ask(prompt="login")
    assert isinstance(parked, Screen)
    assert isinstance(world.resume(parked.parked), Screen), "the old sign-in does not count"
    world.clock.advance(1)
    world.sign_in()
    assert isinstance(world.resume(parked.parked), Done)


@pytest.mark.parametrize("prompt", ["bogus", "none login", "login bogus"])
def test_trap_10_unknown_and_contradicting_prompts_are_refused(world: World, prompt: str) -> None:
    with pytest.raises(ReturnedError, match="invalid_request"):
        world.ask(prompt=prompt)


def test_trap_11_max_age_is_obeyed(world: World) -> None:
    world.clock.advance(2_000_000)
    assert isinstance(world.ask(max_age="10000"), Done)
    assert isinstance(world.ask(max_age="1"), Screen)
    with pytest.raises(ReturnedError, match="login_required"):
        world.ask(max_age="1", prompt="none")
    with pytest.raises(ReturnedError, match="invalid_request"):
        world.ask(max_age="-1")


def test_trap_12_auth_time_is_the_sign_ins_at_a_refresh_too(world: World) -> None:
    signed_in = world.clock.now() // 1_000_000
    world.clock.advance(HOUR)
    tokens = world.tokens()
    assert world.claims(tokens["id_token"])["auth_time"] == signed_in
    again = world.refresh(tokens["refresh_token"]).body
    assert world.claims(again["id_token"])["auth_time"] == signed_in


def test_trap_13_the_id_token_tells_nothing_about_the_person(world: World) -> None:
    claims = world.claims(world.tokens(scope="openid profile email phone address")["id_token"])
    assert not {"name", "email", "birthdate", "phone_number"} & set(claims)


@pytest.mark.parametrize(
    "params",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": None},
        {"code_challenge": "x" * 42},
        {"code_challenge": "x" * 44},
    ],
)
def test_trap_14_the_challenge_is_there_and_its_method_is_the_literal_s256(
    world: World, params: dict[str, str | None]
) -> None:
    with pytest.raises(ReturnedError, match="invalid_request"):
        world.ask(**params)


def test_trap_14_no_downgrade_to_a_code_without_challenge(world: World) -> None:
    world.client("libre", idp_pkce_required=False)
    code = world.code("libre", code_challenge=None, code_challenge_method=None)
    assert world.redeem(code, "libre").body["error"] == "invalid_grant", "a verifier without a challenge"
    assert world.redeem(code, "libre", code_verifier="").status == 200


def test_trap_15_a_narrowed_scope_is_the_access_tokens_alone(world: World) -> None:
    tokens = world.tokens(scope="openid profile email")
    narrow = world.refresh(tokens["refresh_token"], scope="openid email").body
    assert narrow["scope"] == "openid email"
    whole = world.refresh(narrow["refresh_token"]).body
    assert whole["scope"] == "openid profile email"
    assert world.refresh(whole["refresh_token"], scope="openid address").body["error"] == "invalid_scope"
    assert world.refresh(whole["refresh_token"]).status == 200, "a refused request spends nothing"


def test_trap_15_a_missing_member_is_invalid_grant(world: World) -> None:
    tokens = world.tokens()
    world.set_account(closed_at=world.clock.now())
    assert world.refresh(tokens["refresh_token"]).body["error"] == "invalid_grant"


def test_trap_16_a_replay_is_seen_after_the_codes_end_too(world: World) -> None:
    code = world.code()
    tokens = world.redeem(code).body
    world.clock.advance(120_000_000)
    assert world.redeem(code).body["error"] == "invalid_grant"
    assert not world.honours(tokens["access_token"])


def test_trap_17_lifetimes_are_ours(world: World) -> None:
    tokens = world.tokens()
    assert tokens["expires_in"] == 600
    world.clock.advance(600_000_000 - 1)
    assert world.honours(tokens["access_token"])
    world.clock.advance(1)
    assert not world.honours(tokens["access_token"])


def test_trap_18_a_nonce_may_come_again_and_may_be_absent(world: World) -> None:
    assert world.claims(world.tokens(nonce="n")["id_token"])["nonce"] == "n"
    assert world.claims(world.tokens(nonce="n")["id_token"])["nonce"] == "n"
    assert "nonce" not in world.claims(world.tokens(nonce=None)["id_token"])


def test_trap_20_no_token_reaches_the_log(world: World) -> None:
    lines = StringIO()
    configure(stream=lines, json=True)
    try:
        assert logging.getLogger("authlib.oauth2.rfc6749.grants").getEffectiveLevel() >= logging.INFO
        tokens = world.tokens()
    finally:
        configure(json=True)
    written = lines.getvalue()
    assert not any(str(value) in written for value in tokens.values() if len(str(value)) > 20)


@pytest.mark.parametrize("name", ["request", "request_uri", "registration"])
def test_trap_22_a_request_object_is_never_ignored(world: World, name: str) -> None:
    with pytest.raises(ReturnedError, match=f"{name}_not_supported"):
        world.ask(**{name: "x"})
