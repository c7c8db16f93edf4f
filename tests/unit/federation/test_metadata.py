"""What is believed of a discovery document (OpenID Connect Discovery 4.3; fault 34), and the layout without one."""

from __future__ import annotations

from typing import Any

import pytest

from idp.federation.errors import Distrusted
from idp.federation.metadata import Metadata, laid_out, read_metadata
from idp.federation.profile import Layout

ISSUER = "https://fc.example/api/v2"
DOCUMENT = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "userinfo_endpoint": f"{ISSUER}/userinfo",
    "jwks_uri": f"{ISSUER}/jwks",
    "end_session_endpoint": f"{ISSUER}/session/end",
    "authorization_response_iss_parameter_supported": True,
}
ENDPOINTS = [name for name in DOCUMENT if name.endswith(("_endpoint", "_uri"))]
FIELDS = ("authorization", "token", "userinfo", "jwks", "end_session")


def read(**changed: Any) -> Metadata:
    told = {**DOCUMENT, **changed}
    return read_metadata({name: value for name, value in told.items() if value is not None}, ISSUER)


def test_what_franceconnect_says_is_what_is_documented() -> None:
    assert read() == laid_out(ISSUER, Layout())


@pytest.mark.parametrize("issuer", [None, "", f"{ISSUER}/", ISSUER.upper(), "https://fc.example/api/v1", [ISSUER]])
def test_a_document_of_another_issuer_is_not_believed(issuer: object) -> None:
    with pytest.raises(Distrusted, match="issuer"):
        read(issuer=issuer)


ELSEWHERE = [
    "https://evil.example/api/v2/x",
    "https://fc.example.evil.example/x",
    "https://fc.example@evil.example/x",
    "https://user@fc.example/x",
    "https://fc.example:8443/x",
    "http://fc.example/x",
    "//fc.example/x",
    "/x",
    "javascript:alert(1)",
    "https://fc.example/x#y",
    "https://fc.example\\@evil.example/",
    "https://fc.example/\n",
    "",
    7,
    ["https://fc.example/x"],
]


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("value", ELSEWHERE, ids=str)
def test_an_endpoint_lies_where_the_issuer_does(name: str, value: object) -> None:
    with pytest.raises(Distrusted, match=name):
        read(**{name: value})


@pytest.mark.parametrize("name", ENDPOINTS)
def test_an_endpoint_may_lie_anywhere_below(name: str) -> None:
    metadata = read(**{name: "https://fc.example/x?y=z"})
    assert [getattr(metadata, field) for field in FIELDS].count("https://fc.example/x?y=z") == 1


@pytest.mark.parametrize("name", [name for name in ENDPOINTS if name != "end_session_endpoint"])
def test_an_endpoint_that_is_missing_is_not_guessed(name: str) -> None:
    with pytest.raises(Distrusted, match=name):
        read(**{name: None})


def test_a_provider_may_have_no_logout() -> None:
    assert read(end_session_endpoint=None).end_session is None


@pytest.mark.parametrize(
    ("promise", "counts"), [(True, True), (False, False), (None, False), ("true", False), (1, False)]
)
def test_only_true_promises_the_issuer_in_the_callback(promise: object, counts: bool) -> None:
    assert read(authorization_response_iss_parameter_supported=promise).names_issuer is counts


def test_what_else_it_says_is_not_looked_at() -> None:
    assert read(code_challenge_methods_supported=["S256"], id_token_signing_alg_values_supported=["HS256"]) == read()
