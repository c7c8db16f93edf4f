"""Which JWK of a client verifies anything: strong enough, cheap enough for us, public, and meant for it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.oidc.signed import fits, read_key

RSA: dict[str, Any] = dict(RSAKey.generate_key(2048).as_dict(private=False))
EC: dict[str, Any] = dict(ECKey.generate_key("P-256").as_dict(private=False))


def number(length: int, last: int = 0xFF) -> str:
    """Return a number of so many bytes, all ones but for the last byte."""
    return base64.urlsafe_b64encode(b"\xff" * (length - 1) + bytes([last])).rstrip(b"=").decode()


@pytest.mark.parametrize(
    ("jwk", "algorithm"),
    [
        (RSA, "RS256"),
        (RSA, "PS256"),
        (EC, "ES256"),
        ({**RSA, "n": number(512)}, "RS256"),
        ({**RSA, "e": "Aw"}, "RS256"),
    ],
)
def test_a_usual_key_verifies(jwk: dict[str, Any], algorithm: str) -> None:
    assert fits(jwk, algorithm)
    assert read_key(jwk, algorithm) is not None


@pytest.mark.parametrize(
    "more",
    [
        {"n": number(255)},
        {"n": number(513)},
        {"n": number(6000)},
        {"n": ""},
        {"n": 7},
        {"n": None},
        pytest.param({"n": RSA["n"] + "="}, id="padded"),
        {"e": number(5)},
        {"e": number(255)},
        {"e": "AQ"},
        {"e": "BA"},
        {"e": []},
        {"e": "é"},
    ],
    ids=lambda more: str(more)[:40],  # the key is made anew in each process: what quotes it has an id of its own
)
def test_an_rsa_key_that_is_weak_or_dear_or_none_is_no_key(more: dict[str, Any]) -> None:
    assert read_key({**RSA, **more}, "RS256") is None


@pytest.mark.parametrize(
    "more",
    [{"crv": "P-384"}, {"crv": "secp256k1"}, {"crv": None}, {"x": number(32)}, {"y": ""}, {"y": 7}, {"x": None}],
    ids=str,
)
def test_a_point_that_is_not_on_the_curve_is_no_key(more: dict[str, Any]) -> None:
    assert read_key({**EC, **more}, "ES256") is None


@pytest.mark.parametrize(
    "more",
    [
        {"use": "enc"},
        {"use": None},
        {"alg": "PS256"},
        {"key_ops": ["sign"]},
        {"key_ops": "verify"},
        {"kty": "oct"},
        {"kty": None},
        {"d": "AQ"},
        {"k": "AQ"},
    ],
    ids=str,
)
def test_a_key_meant_for_something_else_does_not_fit(more: dict[str, Any]) -> None:
    assert not fits({**RSA, **more}, "RS256")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS384", "ES384", ""])
def test_no_key_fits_an_algorithm_that_clients_do_not_sign_by(algorithm: str) -> None:
    for jwk in (RSA, EC, {}):
        assert not fits(jwk, algorithm)
