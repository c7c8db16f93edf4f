"""Modules about the shape of a request: what must be understood, ignored or refused (certification 2.2)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import replace

from joserfc import jwt

from tests.conformance.plans import answers, checks
from tests.conformance.plans.answers import Answer, Request
from tests.conformance.plans.parties import CALLBACK
from tests.conformance.plans.suite import Suite
from tests.conformance.plans.variant import applies

_OBJECTS = "request_object_signing_alg_values_supported"


def test_oidcc_alternate_happy_flow(suite: Suite) -> None:
    """Scopes and parameters in no usual order, and a state of characters that pages and addresses write differently."""
    state = f"a b+c&<\"'>%2B;={secrets.token_hex(8)}"
    params = dict(suite.request(scope="email profile openid", state=state).params)
    order = sorted(params, key=lambda name: hashlib.sha256(name.encode()).digest())
    suite.flow(suite.as_request({name: params[name] for name in order}))


def test_oidcc_display_page(suite: Suite) -> None:
    suite.flow(display="page")


def test_oidcc_display_popup(suite: Suite) -> None:
    suite.flow(display="popup")


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(suite: Suite) -> None:
    suite.flow(extra="foobar")


def test_oidcc_ui_locales(suite: Suite) -> None:
    """One that nobody speaks here."""
    suite.flow(ui_locales="se")


def test_oidcc_claims_locales(suite: Suite) -> None:
    suite.flow(claims_locales="se")


@applies(lambda variant: variant.gives_code)
def test_oidcc_ensure_request_with_valid_pkce_succeeds(suite: Suite) -> None:
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    request = suite.request(code_challenge=challenge, code_challenge_method="S256")
    code = suite.answer(request)["code"]
    checks.token_response(suite.client.redeem(request, code, code_verifier=verifier))


def unsigned(claims: Mapping[str, object]) -> str:
    """Return a request object of ``alg`` none (RFC 7519 6)."""
    parts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in ({"alg": "none"}, claims))
    return b".".join((*parts, b"")).decode()


def with_object(suite: Suite, **outside: str) -> Request:
    """Return a request whose state and nonce stand in an object by value: whoever ignores it is found out.

    It is unsigned, as the suite's; but signed where the provider takes signed ones alone and the client has a key.
    """
    asked = suite.request()
    now, key = suite.world.seconds(), suite.client.key
    claims = {**asked.params, "iss": suite.client.id, "aud": suite.issuer, "iat": now, "exp": now + 300}
    if key is not None and refused_objects(suite):
        sent = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key, ["RS256"])
    else:
        sent = unsigned(claims)
    return beside(suite, asked, request=sent, **outside)


def beside(suite: Suite, asked: Request, **more: str) -> Request:
    """Return the request that an object or its address makes of this one: only what OAuth wants stands outside."""
    needed = {name: asked.params[name] for name in ("client_id", "redirect_uri", "scope", "response_type")}
    mode = {"response_mode": asked.params["response_mode"]} if "response_mode" in asked.params else {}
    return Request(suite.as_request({**needed, **mode, **more}).url, asked.params, asked.redirect_uri, asked.mode)


def refusals(suite: Suite, unsupported: str) -> tuple[str, ...]:
    """Return how an unsigned object may be refused: by kind, or, where signed ones are taken, for what it is."""
    return (unsupported, "invalid_request_object") if refused_objects(suite) else (unsupported,)


def error_of(suite: Suite, request: Request, answer: Answer, outside: str) -> str | None:
    """Return the error that the client is told, if it is; its state is the inner one, or the outer when nobody looked
    inside."""
    if "error" not in answer.params:
        return None
    assert answer["state"] in (outside, request.params["state"])
    sent = replace(request, params={**request.params, "state": answer["state"]})
    answers.check(answer, sent, suite.issuer, metadata=suite.metadata)
    return answer["error"]


def refused_objects(suite: Suite) -> bool:
    """Discovery says that objects are taken, and none of them unsigned: then the suite sends none."""
    return _OBJECTS in suite.metadata and "none" not in suite.metadata[_OBJECTS]


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(suite: Suite) -> None:
    """Core 6.2: processed, or told to the client that it is not."""
    where = f"{suite.site.url}/request.jwt"
    suite.client = suite.register(request_uris=[where])
    asked = suite.request()
    suite.site.serve("/request.jwt", unsigned(asked.params), "application/oauth-authz-req+jwt")
    request = beside(suite, asked, request_uri=where, state="outside", nonce="outside")
    answer = answers.find(suite.visit(request), request.redirect_uri)
    assert answer is not None, suite.pages[-1].text
    error = error_of(suite, request, answer, "outside")
    assert error in (None, *refusals(suite, "request_uri_not_supported"))
    assert error != "request_uri_not_supported" or suite.site.received == []
    if error is None:
        answers.check(answer, request, suite.issuer, metadata=suite.metadata)
        suite.judge(request, answer, suite.client)


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(suite: Suite) -> None:
    """Core 6.1: never ignored; processed, or told to the client that it is not."""
    request = with_object(suite, state="outside", nonce="outside")
    answer = answers.find(suite.visit(request), request.redirect_uri)
    assert answer is not None, suite.pages[-1].text
    error = error_of(suite, request, answer, "outside")
    assert error in (None, *refusals(suite, "request_not_supported"))
    if error is None:
        answers.check(answer, request, suite.issuer, metadata=suite.metadata)
        suite.judge(request, answer, suite.client)


def test_oidcc_ensure_request_object_with_redirect_uri(suite: Suite) -> None:
    """A foreign address outside, the registered one inside: the inner counts, or a page; the outer is never gone to."""
    request = with_object(suite, redirect_uri=f"{CALLBACK}/elsewhere", state="outside", nonce="outside")
    answer = answers.find(suite.visit(request), request.redirect_uri)
    if answer is None:
        suite.error_page(request)
    elif (error := error_of(suite, request, answer, "outside")) is None:
        answers.check(answer, request, suite.issuer, metadata=suite.metadata)
        suite.judge(request, answer, suite.client)
    else:
        assert error == "request_not_supported"
