"""The grammar of headers: each with values that are right, spoiled, repeated, huge, or of another's trade."""

from __future__ import annotations

import base64

from hypothesis import strategies as st

from tests.fuzz.jwts import jwts
from tests.fuzz.parameters import bearable
from tests.fuzz.scene import BACK, FORM, Request, Scene
from tests.fuzz.shapes import assertion
from tests.fuzz.values import ODD, Values, among
from tests.fuzz.wire import Pair

PER_EXAMPLE = 20
Headers = tuple[Pair, ...]

_COOKIES = ("idp_session", "idp_browser", "idp_enrollment", "idp_device", "__Host-idp_session", "x")
_TYPES = (
    "application/x-www-form-urlencoded", "application/json", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded; charset=utf-16", "application/jwt", "text/plain", "*/*", ";", "a/b/c",
    'application/x-www-form-urlencoded; charset="', "APPLICATION/X-WWW-FORM-URLENCODED", "application/xml",
)  # fmt: skip
_ADDRESSES = (
    "127.0.0.1", "10.0.0.1, 192.0.2.1", "::1", "[::1]:80", "unknown", "_hidden", "1.2.3", "999.1.1.1", "fe80::1%eth0",
    "2001:db8::1", ",,,", "1" * 3000, "::ffff:127.0.0.1", "0x7f.1",
)  # fmt: skip
_OTHERS = (b"range", b"te", b"via", b"priority", b"x" * 300, b"access-control-request-method")


def requests(scene: Scene) -> list[Request]:
    """Return requests that are right but for their headers."""
    code = b"grant_type=authorization_code&code=x&redirect_uri=x"
    refresh = b"grant_type=refresh_token&refresh_token=" + (scene.tokens.refresh or "").encode()
    query = b"?response_type=code&scope=openid&client_id=" + scene.portal.client_id.encode()
    asked = scene.path("authorization_endpoint") + query + b"&redirect_uri=" + BACK.encode()
    found = [
        Request(b"GET", b"/.well-known/openid-configuration"),
        Request(b"GET", scene.path("jwks_uri")),
        Request(b"GET", asked),
        Request(b"POST", scene.path("authorization_endpoint"), body=query[1:]),
        Request(b"POST", scene.path("token_endpoint"), body=code),
        Request(b"POST", scene.path("token_endpoint"), body=refresh),
        Request(b"GET", scene.path("userinfo_endpoint")),
        Request(b"POST", scene.path("userinfo_endpoint"), body=b"access_token=" + scene.former.access.encode()),
        Request(b"GET", scene.path("end_session_endpoint")),
        Request(b"GET", b"/connexion"),
        Request(b"POST", b"/connexion", body=b"identifier=1&password=2"),
    ]
    others = (
        "introspection_endpoint", "revocation_endpoint", "pushed_authorization_request_endpoint",
        "device_authorization_endpoint", "registration_endpoint",
    )  # fmt: skip
    body = b"token=x&scope=openid"
    return found + [Request(b"POST", scene.path(name), body=body) for name in others if name in scene.metadata]


def headers(scene: Scene) -> st.SearchStrategy[tuple[Headers, ...]]:
    """Return examples: the headers of so many requests."""
    odd = ODD.map(bearable)
    tokens = st.sampled_from([scene.tokens.access, scene.former.access, scene.tokens.id_token]).map(str.encode)
    pairs = st.one_of(
        st.sampled_from([f"{portal.client_id}:{portal.secret}".encode() for portal in scene.portals]),
        ODD,
        st.builds(lambda name, word: name + b":" + word, ODD, ODD),
    )
    credentials: Values = st.one_of(
        pairs.map(lambda pair: base64.b64encode(pair)), pairs.map(lambda pair: base64.urlsafe_b64encode(pair)), odd
    )
    signed = jwts(assertion(scene, "secret"), scene.secret_jwt.secret, (scene.tokens.id_token,))
    schemes = st.sampled_from((b"Basic", b"basic", b"Bearer", b"DPoP", b"Digest", b"Basic\t", b"", b"\xe9"))
    authorization = st.builds(
        lambda scheme, space, what: scheme + space + bearable(what),
        schemes,
        st.sampled_from((b" ", b"", b"   ", b"\t", b",")),
        st.one_of(tokens, credentials, signed),
    )
    session = scene.cookie()
    cookies = st.one_of(
        st.just(session),
        st.builds(
            lambda name, equals, value: name.encode() + equals + value, st.sampled_from(_COOKIES),
            st.sampled_from((b"=", b"", b"==", b" = ")), odd,
        ),
        st.builds(lambda at, byte: session[:at] + bytes([byte]) + session[at + 1 :], st.integers(0, 60), _BYTE),
        st.lists(odd, max_size=5).map(b"; ".join),
        st.just(b"; ".join([session] * 40)),
        odd,
    )  # fmt: skip
    origins = among("null", scene.running.url, "http://127.0.0.1:9", "https://evil.example", "file://", "http://[")
    one = st.one_of(
        _of(b"authorization", authorization),
        _of(b"authorization", authorization),
        _of(b"cookie", cookies),
        _of(b"cookie", cookies),
        _of(b"content-type", st.one_of(st.sampled_from(_TYPES).map(str.encode), odd)),
        _of(b"host", st.one_of(st.sampled_from((b"evil.example", b"", b"[", b"a:b:c", b"127.0.0.1:99999")), odd)),
        _of(b"origin", st.one_of(origins, odd)),
        _of(b"sec-fetch-site", among("same-origin", "cross-site", "none", "x")),
        _of(b"x-forwarded-for", st.one_of(st.sampled_from(_ADDRESSES).map(str.encode), odd)),
        _of(b"forwarded", st.one_of(st.just(b'for="[2001:db8::1]:4711";proto=https;host=evil.example'), odd)),
        st.builds(
            lambda name, value: (b"x-forwarded-" + name, value),
            st.sampled_from((b"proto", b"host", b"port", b"prefix", b"server")),
            odd,
        ),
        _of(b"if-none-match", st.one_of(st.just(b"*"), st.just(b'W/"' + b"," * 500), odd)),
        _of(b"accept", st.one_of(among("text/html", "application/json", "application/jwt;q=x"), odd)),
        _of(b"accept-language", st.one_of(among("fr", "en;q=0.5", "*", "fr;q=nan"), odd)),
        _of(b"dpop", st.one_of(signed.map(bearable), odd)),
        _of(b"content-encoding", among("gzip", "br", "identity")),
        _of(b"x-http-method-override", among("DELETE", "PUT")),
        st.tuples(st.sampled_from(_OTHERS), odd),
    )
    some = st.lists(one, min_size=1, max_size=4).map(tuple)
    return st.lists(some, min_size=PER_EXAMPLE, max_size=PER_EXAMPLE).map(tuple)


_BYTE = st.integers(0x21, 0xFE).filter(lambda byte: byte != 0x7F)


def _of(name: bytes, values: Values) -> st.SearchStrategy[Pair]:
    return st.tuples(st.just(name), values.map(bearable))


def with_headers(request: Request, more: Headers) -> tuple[Pair, ...]:
    """Return the headers of a request: a body is a form unless they say otherwise."""
    named = {name for name, _ in more}
    return more if request.body is None or b"content-type" in named else (FORM, *more)
