"""The endpoints as the fuzzers know them: for each a request that is right, and what may stand for each parameter.

An endpoint takes part as soon as discovery names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.fuzz.jwts import jwts
from tests.fuzz.scene import BACK, BACK_WITH_QUERY, ENDED, Scene
from tests.fuzz.values import CLAIMS, JSON, ODD, Values, among, as_json

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GRANTS = (
    "authorization_code", "refresh_token", "client_credentials", "password", "implicit",
    "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
)  # fmt: skip
_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
_VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
PATH = "/"
"""The name under which a further segment of the path goes among the parameters."""


@dataclass(frozen=True)
class Shape:
    """One endpoint: how it is asked rightly, and what else may stand for each parameter."""

    endpoint: str
    methods: tuple[bytes, ...]
    good: Mapping[str, str]
    odd: Mapping[str, Values]
    proves: bool = False
    """The client authenticates itself."""
    codes: bool = False
    """A fresh code belongs to it."""
    json: bool = False
    weight: int = 1
    """How many shares of the requests it gets."""


def assertion(scene: Scene, proof: str) -> dict[str, object]:
    """Return the claims of a client assertion that is right (RFC 7523 3)."""
    client = (scene.key_jwt if proof == "key" else scene.secret_jwt).client_id
    now = scene.world.seconds()
    return {
        "iss": client, "sub": client, "aud": scene.running.url, "exp": now + 60, "iat": now, "jti": "j", "nbf": now,
    }  # fmt: skip


def shapes(scene: Scene) -> list[Shape]:
    """Return every endpoint that this provider has, with what it takes."""
    clients = st.sampled_from([portal.client_id.encode() for portal in scene.portals])
    hints = jwts(
        {"iss": scene.running.url, "aud": scene.portal.client_id, "sub": "x", "sid": "x", "iat": 1, "exp": 2},
        scene.portal.secret,
        (scene.tokens.id_token, scene.former.id_token),
    )
    redirects = st.one_of(st.sampled_from(_REGISTERED_URIS), st.sampled_from(_NEARLY), st.sampled_from(_NEARLY), ODD)
    authorize = {
        "response_type": "code", "client_id": scene.portal.client_id, "redirect_uri": BACK,
        "scope": "openid profile email", "state": "état <&>", "nonce": "n", "code_challenge": _CHALLENGE,
        "code_challenge_method": "S256",
    }  # fmt: skip
    objects = jwts({**authorize, "iss": scene.portal.client_id, "aud": scene.running.url}, scene.portal.secret)
    asked: dict[str, Values] = {
        "response_type": among("code", "id_token", "code id_token", "code id_token token", "id_token token", "none"),
        "response_mode": among("query", "fragment", "form_post", "query.jwt", "jwt", "web_message"),
        "scope": among("openid", "profile", "email", "offline_access", "birth", "address", "phone", "x" * 300),
        "prompt": among("none", "login", "consent", "select_account", "create"),
        "max_age": among("0", "1", "300", "99999999999999999999", "-1"),
        "display": among("page", "popup", "touch", "wap"),
        "ui_locales": among("fr", "fr-FR", "en", "x-klingon", "zh-Hant-HK-x-a"),
        "claims_locales": among("fr", "de"),
        "acr_values": among("urn:idp:acr:password", "urn:idp:acr:mfa", "eidas1", "0"),
        "code_challenge_method": among("S256", "plain"),
        "claims": CLAIMS,
        "id_token_hint": hints,
        "request": objects,
        "request_uri": st.sampled_from((b"urn:ietf:params:oauth:request_uri:x", b"http://127.0.0.1:9/r#x", b"x:y")),
        "registration": JSON.map(as_json),
        "authorization_details": JSON.map(as_json),
        "client_id": clients,
        "redirect_uri": redirects,
        "resource": redirects,
        "dpop_jkt": ODD,
        "login_hint": ODD,
        "code_challenge": ODD,
        "state": ODD,
        "nonce": ODD,
    }
    handed = st.sampled_from(
        [
            token.encode()
            for tokens in (scene.tokens, scene.former)
            for token in (tokens.access, tokens.refresh or "", tokens.id_token)
        ]
    )
    token_odd: dict[str, Values] = {
        "grant_type": among(*GRANTS),
        "code": ODD,
        "refresh_token": handed,
        "redirect_uri": redirects,
        "code_verifier": ODD,
        "scope": asked["scope"],
        "resource": redirects,
        "audience": redirects,
        "device_code": ODD,
        "assertion": hints,
        "username": ODD,
        "password": ODD,
    }
    proofs: dict[str, Values] = {
        "client_id": clients,
        "client_secret": ODD,
        "client_assertion": st.one_of(
            jwts(assertion(scene, "secret"), scene.secret_jwt.secret), jwts(assertion(scene, "key"), "")
        ),
        "client_assertion_type": st.one_of(st.just(JWT_BEARER.encode()), ODD),
    }
    about: dict[str, Values] = {
        "token": st.one_of(handed, hints),
        "token_type_hint": among("access_token", "refresh_token"),
    }
    get, post = (b"GET",), (b"POST",)
    found = [
        Shape("authorization_endpoint", get + post, authorize, asked, weight=5),
        Shape("authorization_endpoint", get, {PATH: "A" * 22}, {PATH: ODD, "state": ODD}),
        Shape(
            "token_endpoint",
            post,
            {"grant_type": "authorization_code", "redirect_uri": BACK, "code": "x", "code_verifier": _VERIFIER},
            {**token_odd, **proofs},
            proves=True,
            codes=True,
            weight=2,
        ),
        Shape(
            "token_endpoint",
            post,
            {"grant_type": "refresh_token", "refresh_token": scene.former.refresh or "x", "scope": "openid"},
            {**token_odd, **proofs},
            proves=True,
        ),
        Shape(
            "token_endpoint",
            post,
            {"grant_type": GRANTS[5], "device_code": scene.device_code},
            {**token_odd, **proofs},
            proves=True,
        ),
        Shape("userinfo_endpoint", get + post, {"access_token": scene.tokens.access}, {"access_token": handed}),
        Shape(
            "end_session_endpoint",
            get + post,
            {"id_token_hint": scene.former.id_token, "post_logout_redirect_uri": ENDED, "state": "fin"},
            {
                "id_token_hint": hints,
                "post_logout_redirect_uri": redirects,
                "state": ODD,
                "client_id": clients,
                "logout_hint": ODD,
                "ui_locales": asked["ui_locales"],
            },
        ),
        Shape("jwks_uri", get, {}, {"kid": ODD}),
        Shape("introspection_endpoint", post, {"token": scene.tokens.access}, {**about, **proofs}, proves=True),
        Shape("revocation_endpoint", post, {"token": "x"}, {**about, **proofs}, proves=True),
        Shape("pushed_authorization_request_endpoint", post, authorize, {**asked, **proofs}, proves=True),
        Shape("device_authorization_endpoint", post, {"scope": "openid"}, {**asked, **proofs}, proves=True),
        Shape("check_session_iframe", get, {}, {"client_id": clients, "origin": ODD}),
        Shape(
            "registration_endpoint",
            post,
            {},
            {name: JSON.map(as_json) for name in _REGISTERED},
            json=True,
        ),
    ]
    return [shape for shape in found if shape.endpoint in scene.metadata]


_REGISTERED_URIS = tuple(uri.encode() for uri in (BACK, BACK_WITH_QUERY, ENDED))
_NEARLY = tuple(
    uri.encode()
    for uri in (
        f"{BACK}/", f"{BACK}/../x", f"{BACK};x", f"{BACK}x", f"{BACK}%2f", f"{BACK}%00", f"{BACK}#x", f"{BACK}?x=y",
        f"{BACK}\\", f"{BACK}@evil.example/", f"{BACK} ", f" {BACK}", BACK.upper(), BACK.replace("http", "https"),
        BACK.replace("127.0.0.1", "localhost"), BACK.replace(":9", ":10"), BACK.replace(":9", ""),
        BACK.replace("//", "//x@"), BACK.replace("127.0.0.1:9", "127.0.0.1:9@evil.example"), f"{BACK_WITH_QUERY}&x=y",
        BACK.replace("/retour", "/%72etour"), BACK.replace("/retour", "//retour"), BACK.replace("/retour", "/./retour"),
    )
)  # fmt: skip
"""Not registered, but so nearly that a prefix, a wildcard or a second parser would take it."""
_REGISTERED = (
    "redirect_uris", "client_name", "grant_types", "response_types", "token_endpoint_auth_method", "jwks", "scope",
    "contacts", "subject_type", "id_token_signed_response_alg", "default_max_age", "require_auth_time", "client_id",
    "post_logout_redirect_uris", "initiate_login_uri", "request_uris", "software_statement", "client_name#fr",
    "backchannel_logout_uri", "idp_first_party", "default_acr_values",
)  # fmt: skip
