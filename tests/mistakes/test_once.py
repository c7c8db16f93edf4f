"""Mistakes 8, 11, 12, 13 and 14: once means once, for one client, one browser and one verifier (law 2)."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.kernel.ids import new_id
from tests.conformance.world import World
from tests.flows.story import path
from tests.races.scene import Scene, is_dead, together
from tests.support.browser import Browser
from tests.support.forged import hmac_signed, unsigned
from tests.support.house import change_password, sign_in
from tests.support.portal import Portal

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def test_mistake_08_one_provisional_password_changes_the_own_one_once(scene: Scene) -> None:
    """The same mail read in several browsers, all of them at the page of the change."""
    word = scene.mailed()
    browsers = [scene.about_to_change(word) for _ in range(4)]
    words = [f"Charrue-verte-{turn}-{new_id()[:6]}-1aA" for turn in range(4)]

    def change(browser: Browser, own: str) -> bool:
        change_password(browser, own)
        return path(browser) == "/espace"

    done = together(*(lambda b=b, w=w: change(b, w) for b, w in zip(browsers, words, strict=True)))
    assert done.count(True) == 1
    works = [scene.opens(own) for own in words]
    assert works == done, "the password of the one that was told so"
    assert not scene.opens(word)
    assert [scene.is_in(browser) for browser in browsers] == done


def test_mistake_08_a_way_that_waits_is_answered_once_in_all_its_tabs(scene: Scene) -> None:
    portal, browser = scene.portal(), scene.browser()
    attempt = portal.start()
    parked = browser.get(attempt.url).url.partition("request=")[2]
    sign_in(browser, scene.password)
    tabs = [scene.tab(browser) for _ in range(4)]
    together(*(lambda t=tab: t.get(f"/oidc/authorize/{parked}") for tab in tabs))
    codes = {url for tab in (browser, *tabs) for url in tab.trail if portal.is_answer(url, attempt)}
    assert len(codes) == 1


@pytest.mark.parametrize("method", ["none", "client_secret_basic"])
def test_mistake_11_a_refresh_token_is_spent_by_one_statement(scene: Scene, method: str) -> None:
    portal, browser = scene.portal(token_endpoint_auth_method=method), scene.signed_in()
    first = scene.tokens(portal, browser)
    places = [scene.twin(portal) for _ in range(5)]
    form = {"grant_type": "refresh_token", "refresh_token": str(first.refresh)}
    answers = together(*(lambda p=p: p.ask(**form) for p in places))
    good = [portal.judge(answer) for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 400}
    again = [portal.ask(grant_type="refresh_token", refresh_token=tokens.refresh) for tokens in good]
    living = [answer for answer in again if answer.status_code == 200]
    assert len(living) <= (method != "none"), "a replay of a public client leaves nothing alive"
    if method == "none":
        assert len(good) == 1
    assert is_dead(portal, first)


def test_mistake_12_a_code_is_one_client_s_one_address_s_one_session_s(world: World, member: Browser) -> None:
    two = ["http://127.0.0.1:9/retour", "http://127.0.0.1:9/autre"]
    portal, other = world.portal(redirect_uris=two), world.portal(redirect_uris=two)
    public = world.portal(redirect_uris=two, token_endpoint_auth_method="none")
    attempt, code = world.code(portal, member)
    theirs, their_code = world.code(other, member)
    for thief in (other, public):
        assert thief.redeem(attempt, code).json()["error"] == "invalid_grant"
        assert thief.redeem(attempt, code, client_id=portal.client_id).status_code in (400, 401)
    assert portal.redeem(theirs, their_code).json()["error"] == "invalid_grant"
    assert portal.redeem(attempt, code, redirect_uri=two[1]).json()["error"] == "invalid_grant"
    assert portal.redeem(attempt, code, code_verifier=theirs.verifier).json()["error"] == "invalid_grant"
    tokens = portal.tokens(attempt, code)
    assert other.ask(grant_type="refresh_token", refresh_token=tokens.refresh).json()["error"] == "invalid_grant"
    assert portal.is_honoured(tokens.access), "a stranger's try burns nothing"
    for redirect in two:
        portal.redeem(attempt, code, redirect_uri=redirect)
    assert not portal.is_honoured(tokens.access), "its own client's replay revokes what it gave"
    left, code = world.code(portal, member)
    member.get("/deconnexion")
    member.submit()
    assert portal.redeem(left, code).json()["error"] == "invalid_grant"


def test_mistake_12_a_code_of_another_member_cannot_be_slipped_in(
    world: World, member: Browser, stranger: Browser, portal: Portal
) -> None:
    """Injection: the victim's portal redeems the attacker's code; the verifier of the victim does not fit it."""
    theirs, their_code = world.code(portal, stranger)
    mine, my_code = world.code(portal, member)
    assert portal.redeem(mine, their_code).json()["error"] == "invalid_grant"
    assert portal.redeem(theirs, my_code).json()["error"] == "invalid_grant"
    assert portal.tokens(mine, my_code).claims["nonce"] == mine.nonce
    assert portal.tokens(theirs, their_code).claims["nonce"] == theirs.nonce


def test_mistake_13_no_verifier_without_a_challenge_and_no_challenge_without_its_verifier(
    world: World, member: Browser
) -> None:
    portal = world.portal(idp_pkce_required=False)
    bare, code = world.code(portal, member, code_challenge=None, code_challenge_method=None)
    for verifier in (bare.verifier, "A" * 43, "x"):
        assert portal.redeem(bare, code, code_verifier=verifier).json()["error"] == "invalid_grant"
    answer = portal.redeem(
        bare, code, code_challenge=bare.params.get("code_challenge", "A" * 43), code_challenge_method="plain"
    )
    assert answer.json()["error"] == "invalid_grant", "the form carries no challenge"
    assert portal.redeem(bare, code, code_verifier=None).status_code == 200
    bound, code = world.code(portal, member)
    challenge = bound.params["code_challenge"]
    for verifier in (None, "", challenge, bound.verifier[:-1], bound.verifier + "A", bound.verifier.swapcase()):
        answer = portal.redeem(
            bound, code, code_verifier=verifier, code_challenge=verifier, code_challenge_method="plain"
        )
        assert answer.json()["error"] == "invalid_grant", verifier
    assert portal.redeem(bound, code).status_code == 200


def test_mistake_13_the_challenge_is_fixed_when_the_request_is_parked(
    world: World, nobody: Browser, portal: Portal
) -> None:
    attempt, other = portal.start(), portal.start()
    page = nobody.get(attempt.url)
    more = {"code_challenge": other.params["code_challenge"], "redirect_uri": "https://voleur.example/"}
    form = page.form().fields
    nobody.client.post("/connexion", data={**form, "identifier": "x", "password": "x", **more})
    sign_in(nobody, "Tracteur-bleu-42")
    parked = page.url.partition("request=")[2]
    if not portal.is_answer(nobody.trail[-1], attempt):
        nobody.get(f"/oidc/authorize/{parked}?{'&'.join(f'{name}={value}' for name, value in more.items())}")
    code = portal.code(nobody.trail, attempt)
    assert portal.redeem(other, code).json()["error"] == "invalid_grant"
    assert portal.tokens(attempt, code).access


class Asserting:
    """A portal that signs its requests (RFC 7523 2.2), and what goes wrong with that."""

    def __init__(self, world: World, member: Browser) -> None:
        self.world, self.member = world, member
        self.key = ECKey.generate_key("P-256", {"kid": "un", "use": "sig", "alg": "ES256"})
        self.portal = world.portal(
            token_endpoint_auth_method="private_key_jwt",
            token_endpoint_auth_signing_alg="ES256",
            jwks={"keys": [self.key.as_dict(private=False)]},
        )

    def claims(self, **change: Any) -> dict[str, Any]:
        now, me = self.world.seconds(), self.portal.client_id
        whole = {"iss": me, "sub": me, "aud": self.portal.issuer, "jti": new_id(), "iat": now, "exp": now + 60}
        return {name: value for name, value in {**whole, **change}.items() if value is not None}

    def sign(self, claims: dict[str, Any], key: Any = None, algorithm: str = "ES256") -> str:
        return jwt.encode({"alg": algorithm, "kid": "un"}, claims, key or self.key, [algorithm])

    def redeem(self, assertion: str) -> httpx2.Response:
        attempt, code = self.world.code(self.portal, self.member)
        more = {"client_assertion": assertion, "client_assertion_type": ASSERTION}
        form = {"grant_type": "authorization_code", "redirect_uri": attempt.redirect_uri, **more}
        endpoint = self.portal.metadata["token_endpoint"]
        return self.portal.http.post(endpoint, data={**form, "code": code, "code_verifier": attempt.verifier})


def test_mistake_14_an_assertion_is_for_us_for_now_and_for_once(world: World, member: Browser) -> None:
    asserting = Asserting(world, member)
    now, other = world.seconds(), world.portal()
    used = asserting.sign(asserting.claims())
    first = asserting.redeem(used)
    if "not supported" in first.text:
        assert first.json()["error"] == "invalid_client", "until they are supported, none is taken"
    else:
        assert first.status_code == 200, first.text
    public = asserting.key.as_pem(private=False)
    bad = {
        "replayed": used,
        "replayed under the same jti": asserting.sign(asserting.claims(jti=jwt_id(used, asserting.key))),
        "without a jti": asserting.sign(asserting.claims(jti=None)),
        "without an end": asserting.sign(asserting.claims(exp=None)),
        "over": asserting.sign(asserting.claims(exp=now - 120)),
        "not yet": asserting.sign(asserting.claims(nbf=now + 3600, iat=now + 3600, exp=now + 3700)),
        "for somebody else": asserting.sign(asserting.claims(aud="https://ailleurs.example")),
        "for a place below us": asserting.sign(asserting.claims(aud=f"{asserting.portal.issuer}/x")),
        "for nobody": asserting.sign(asserting.claims(aud=None)),
        "of another issuer": asserting.sign(asserting.claims(iss=other.client_id)),
        "of another client": asserting.sign(asserting.claims(iss=other.client_id, sub=other.client_id)),
        "about nobody": asserting.sign(asserting.claims(sub=None)),
        "unsigned": unsigned(asserting.claims()),
        "by another key": asserting.sign(asserting.claims(), ECKey.generate_key("P-256")),
        "by the public key as a secret": hmac_signed(asserting.claims(), public, kid="un"),
        "in odd types": asserting.sign(asserting.claims(jti=["a"], exp="soon", aud={"a": 1})),
        "garbage": "a.b.c",
        "empty": "",
        "huge": "x" * 20_000,
    }
    taken = {name: answer.status_code for name, told in bad.items() if (answer := asserting.redeem(told)).is_success}
    assert taken == {}


def jwt_id(assertion: str, key: ECKey) -> str:
    return str(jwt.decode(assertion, key, ["ES256"]).claims["jti"])


def test_mistake_14_one_assertion_at_the_same_moment_serves_one(world: World, member: Browser) -> None:
    asserting = Asserting(world, member)
    used = asserting.sign(asserting.claims())
    attempts = [world.code(asserting.portal, member) for _ in range(4)]
    endpoint = asserting.portal.metadata["token_endpoint"]
    forms = [
        {
            "grant_type": "authorization_code", "redirect_uri": attempt.redirect_uri, "code": code,
            "code_verifier": attempt.verifier, "client_assertion": used, "client_assertion_type": ASSERTION,
        }
        for attempt, code in attempts
    ]  # fmt: skip

    def send(form: dict[str, str]) -> int:
        return httpx2.post(endpoint, data=form, trust_env=False).status_code

    statuses = together(*(lambda f=form: send(f) for form in forms))
    assert statuses.count(200) <= 1
    assert set(statuses) <= {200, 400, 401}
