"""Every fault of the catalogue changes what a client sees, once, and then the mock is itself again."""

import base64
import hmac
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from idp.demo.franceconnect.catalogue import CATALOGUE
from tests.support.franceconnect import SECRET, MockFranceConnect, franceconnect_client, mock_franceconnect
from tests.unit.demo.visit import Visit, claims, header

MOST = 1 << 20
CITIZEN = "jumelle-1"
INSTANTS = ("exp", "iat", "nbf", "auth_time")


@pytest.fixture(scope="module")
def process() -> Iterator[MockFranceConnect]:
    client = franceconnect_client("http://localhost:8000", scope="openid identite_pivot idp_birthdate email")
    # With a seed, codes and tokens repeat after a reset: two visits differ by the fault alone.
    with mock_franceconnect(clients=[client], seed=1) as mock:
        yield mock


@pytest.fixture(scope="module")
def visit(process: MockFranceConnect) -> Iterator[Visit]:
    with Visit(process) as visit:
        yield visit


@pytest.fixture(scope="module")
def keys(visit: Visit) -> KeySet:
    return KeySet.import_key_set(visit.back_channel.get(f"{visit.mock.issuer}/jwks").json())


@pytest.fixture
def mock(process: MockFranceConnect) -> MockFranceConnect:
    process.reset()
    process.citizen(CITIZEN)
    return process


Seen = dict[str, Any]


def fetch(visit: Visit, method: str, path: str, **how: Any) -> tuple[Seen, bytes]:
    """Return what one request met, and the body as it came."""
    try:
        with visit.back_channel.stream(method, f"{visit.mock.issuer}{path}", **how) as answer:
            body = b""
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > MOST:
                    return {"status": answer.status_code, "body": "more than a client should read"}, b""
            assert body != b"Internal Server Error", "the mock itself is broken"
            kept = ("content-type", "content-encoding", "location", "retry-after")
            return {"status": answer.status_code, **{name: answer.headers.get(name) for name in kept}}, body
    except httpx2.HTTPError as error:
        return {"error": type(error).__name__}, b""


def token_seen(text: str, keys: KeySet) -> Seen:
    """Return a token taken apart, instants rounded to ten seconds from now and the signature judged."""
    seen: Seen = {"parts": text.count("."), "odd": sorted({sign for sign in text if sign in "= \n"})}
    try:
        body = claims(text)
        for name in INSTANTS:
            if name in body:
                body[name] = round((body[name] - time.time()) / 10)
        seen |= {"header": header(text), "claims": body}
        jws.deserialize_compact(text, keys, algorithms=["ES256", "RS256"])
    except (JoseError, ValueError, IndexError) as error:
        return {**seen, "signature": type(error).__name__}
    return {**seen, "signature": "right"}


def walk(visit: Visit, keys: KeySet, patience: float = 5) -> dict[str, Seen]:
    """Return what a client sees from discovery to logout, without what differs from one visit to the next."""
    seen: dict[str, Seen] = {}
    visit.back_channel.timeout = httpx2.Timeout(patience)
    for name, path in (("discovery", "/.well-known/openid-configuration"), ("jwks", "/jwks")):
        seen[name], body = fetch(visit, "GET", path)
        seen[name]["body"] = body
    seen["callback"], _ = fetch(visit, "GET", "/authorize", params=visit.params(scope="openid identite_pivot email"))
    code = dict(parse_qsl(urlsplit(seen["callback"].get("location") or "").query)).get("code", "")
    form = {name: visit.client[name] for name in ("client_id", "client_secret")}
    form |= {"grant_type": "authorization_code", "code": code, "redirect_uri": visit.redirect_uri}
    seen["token"], body = fetch(visit, "POST", "/token", data=form)
    try:
        tokens = json.loads(body)
        seen["id_token"] = token_seen(tokens.pop("id_token"), keys)
        access = tokens["access_token"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return {**seen, "token_body": {"error": repr(error), "body": body}}
    seen["token_body"] = tokens
    seen["token_text"] = {"start": body[:1], "access tokens": body.count(b'"access_token"')}
    seen["userinfo"], body = fetch(visit, "GET", "/userinfo", headers={"Authorization": f"Bearer {access}"})
    seen["person"] = token_seen(body.decode(), keys)
    hint = visit.tokens(CITIZEN)["id_token"]
    target = visit.client["post_logout_redirect_uris"][0]
    params = {"id_token_hint": hint, "post_logout_redirect_uri": target, "state": "s"}
    seen["logout"], body = fetch(visit, "GET", "/session/end", params=params)
    if seen["logout"].get("status") == 200:
        page = httpx2.Response(200, content=body)
        seen["return"] = {"location": visit.press_on(page).headers["location"]}
    return seen


@pytest.fixture(scope="module")
def usual(process: MockFranceConnect, visit: Visit, keys: KeySet) -> dict[str, Seen]:
    process.reset()
    process.citizen(CITIZEN)
    return walk(visit, keys)


def test_without_a_fault_two_visits_see_the_same(
    mock: MockFranceConnect, visit: Visit, keys: KeySet, usual: dict[str, Seen]
) -> None:
    assert usual["person"]["signature"] == usual["id_token"]["signature"] == "right"
    assert walk(visit, keys) == usual


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_named_fault_changes_what_a_client_sees(
    mock: MockFranceConnect, visit: Visit, keys: KeySet, usual: dict[str, Seen], name: str
) -> None:
    faults = mock.fault(name)
    slow = any(fault.get("wire") in ("hang", "drip") for fault in faults)
    seen = walk(visit, keys, 0.25 if slow else 5)
    assert {step for step in seen if seen[step] != usual.get(step)} != set()


def test_the_control_API_lists_the_catalogue(mock: MockFranceConnect) -> None:  # noqa: N802
    assert set(mock.catalogue()) == set(CATALOGUE)
    answer = httpx2.post(f"{mock.base}/_control/fault", json={"name": "14"}, trust_env=False)
    assert "14-iss-slash" in answer.json()["error"]


def test_a_fault_lasts_as_often_as_asked(mock: MockFranceConnect, visit: Visit) -> None:
    def statuses(count: int) -> list[int]:
        return [visit.token("unknown").status_code for _ in range(count)]

    mock.fault("09-html-502", times=2)
    assert statuses(3) == [502, 502, 400]
    mock.fault("09-html-502", times=0)
    assert statuses(3) == [502, 502, 502]
    mock.reset()
    assert statuses(1) == [400]


def test_faults_come_in_the_order_in_which_they_were_asked_for(mock: MockFranceConnect, visit: Visit) -> None:
    body = base64.b64encode(b"\xff").decode()
    mock.fault(at="token", answer={"status": 418, "headers": {"X-Odd": "1"}, "body_base64": body})
    mock.fault("09-html-502")
    first = visit.token("unknown")
    assert (first.status_code, first.content, first.headers["x-odd"]) == (418, b"\xff", "1")
    assert visit.token("unknown").status_code == 502


def hs256(key: bytes, token: str) -> bool:
    text, _, last = token.rpartition(".")
    true = hmac.digest(key, text.encode(), "sha256")
    return header(token)["alg"] == "HS256" and base64.urlsafe_b64decode(last + "=") == true


def test_forged_tokens_are_what_their_forger_says(mock: MockFranceConnect, visit: Visit, keys: KeySet) -> None:
    def forged(**fault: Any) -> str:
        mock.fault(at="id_token", **fault)
        token: str = visit.tokens(CITIZEN)["id_token"]
        return token

    assert hs256(SECRET.encode(), forged(sign="hs256_secret"))
    published = keys.keys[0]
    assert isinstance(published, ECKey)
    assert hs256(published.as_pem(private=False), forged(sign="hs256_public"))
    assert forged(sign="none").endswith(".")
    assert jws.deserialize_compact(forged(sign="rs256"), keys, algorithms=["RS256"]).headers()["alg"] == "RS256"
    embedded = forged(sign="embedded")
    alone = ECKey.import_key(header(embedded)["jwk"])
    text, _, last = embedded.rpartition(".")
    assert jws.JWSRegistry.algorithms["ES256"].verify(text.encode(), base64.urlsafe_b64decode(last + "=="), alone)
    assert claims(forged(claims={"aud": ["$client_id", "x"], "acr": None}))["aud"] == [visit.client["client_id"], "x"]
    assert claims(forged(nulls=["acr"]))["acr"] is None


def test_a_hang_ends_with_the_server(mock: MockFranceConnect) -> None:
    client = franceconnect_client("http://localhost:8000")
    with mock_franceconnect(clients=[client]) as short, Visit(short, timeout=0.25) as visit:
        short.fault("10-hang")
        with pytest.raises(httpx2.ReadTimeout):
            visit.token("unknown")
        assert visit.token("unknown").status_code == 400, "the next one is answered"
        short.fault("10-hang")
        with pytest.raises(httpx2.ReadTimeout):
            visit.token("unknown")
        started = time.monotonic()
    assert time.monotonic() - started < 5


def test_the_document_names_every_fault() -> None:
    document = Path(__file__).parents[3] / "docs" / "mock-franceconnect.md"
    assert set(re.findall(r"`(\d\d-[\w-]+)`", document.read_text("utf-8"))) == set(CATALOGUE)
