"""JWTs that clients sign: read within bounds, then judged by the client's own key and an algorithm that we fix.

Nothing of a header chooses a key but ``kid`` among the client's registered ones: ``jwk``, ``jku``, ``x5c`` and ``x5u``
are ignored (RFC 7515 4.1, RFC 8725 3.1 and 3.10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from idp.kernel.clock import MINUTE, Instant, seconds
from idp.kernel.strict import Malformed, decoded, is_canonical, read_object, split_compact
from idp.oidc.clients import CLIENT_ALGORITHMS

LONGEST: Final = 8192
"""Characters of the longest JWT that is decoded."""
SKEW: Final = MINUTE
"""How far a client's clock may be from ours."""
SYMMETRIC: Final = "HS256"
PRIVATE_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
"""Members of a JWK that nobody but its owner may know (RFC 7518 6)."""
_LONGEST_HEADER: Final = 2048
_LONGEST_KID: Final = 256
_KINDS: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
_RSA_BITS: Final = range(2048, 4096 + 1)
"""Below is weak, above costs us time at every signature (RFC 7518 3.3)."""
_RSA_EXPONENTS: Final = range(3, 2**32)
"""A larger public exponent makes each verification as dear as a signature."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A JWT as it came, its signature *not* judged yet."""

    text: str
    algorithm: str
    kid: str | None
    claims: Mapping[str, Any]

    def is_signed_by(self, jwks: Iterable[Mapping[str, Any]]) -> bool:
        """Tell whether one of a client's keys signed. Without ``kid`` exactly one must fit (OpenID Connect Core 10.1).

        A key that is no key, too weak, private or meant for something else is passed over.
        """
        fitting = [jwk for jwk in jwks if fits(jwk, self.algorithm) and self.kid in (None, jwk.get("kid"))]
        if self.kid is None and len(fitting) != 1:
            return False
        return any(self._verifies(key) for jwk in fitting if (key := read_key(jwk, self.algorithm)) is not None)

    def is_signed_with(self, secret: str) -> bool:
        """Tell whether a client's secret signed (``client_secret_jwt``)."""
        return self.algorithm == SYMMETRIC and self._verifies(OctKey.import_key(secret))

    def _verifies(self, key: Key) -> bool:
        registry = jws.JWSRegistry(algorithms=[self.algorithm], strict_check_header=False)
        registry.max_header_length = _LONGEST_HEADER
        try:
            jws.deserialize_compact(self.text, key, registry=registry)
        except (JoseError, ValueError, TypeError, KeyError):  # the library trusts the types of a header's members
            return False
        return True


def read_signed(text: str, algorithms: Iterable[str], types: frozenset[str]) -> Signed:
    """Return a signed JWT. Raises ``Malformed``, whose text goes on after its name.

    ``types`` are the values of ``typ`` that it may have, in lower case and without ``application/``: a JWT of another
    kind, signed by the same key, is not taken for this one (RFC 8725 3.11).
    """
    header, parts = split_compact(text, 3, LONGEST)
    if len(parts[0]) > _LONGEST_HEADER:
        raise Malformed("has too long a header")
    if not {"crit", "b64"}.isdisjoint(header):
        raise Malformed("asks for an extension that nobody here understands")
    algorithm, kid, kind = header.get("alg"), header.get("kid"), header.get("typ", "jwt")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise Malformed("is signed by another algorithm than the client registered")
    if kid is not None and not (isinstance(kid, str) and len(kid) <= _LONGEST_KID):
        raise Malformed("names no key by its kid")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in types:
        raise Malformed("is of another type: typ")
    return Signed(text, algorithm, kid, read_object(decoded(parts[1])))


def check_times(claims: Mapping[str, Any], now: Instant) -> int | None:
    """Return ``exp`` in whole seconds of a JWT that is good now, None without one (RFC 7519 4.1.4 to 4.1.6).

    Raises ``Malformed`` for one that is over or not good yet, by more than ``SKEW``.
    """
    present, skew = seconds(now), seconds(SKEW)
    expires = _time(claims, "exp")
    if expires is not None and expires + skew <= present:
        raise Malformed(f"is over since {present - expires} s: exp")
    for name in ("iat", "nbf"):
        begins = _time(claims, name)
        if begins is not None and begins > present + skew:
            raise Malformed(f"is good only in {begins - present} s: {name}")
    return expires


def _time(claims: Mapping[str, Any], name: str) -> int | None:
    if name not in claims:
        return None
    value = claims[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise Malformed(f"has a time that is none: {name}")
    return int(value)


def fits(jwk: Mapping[str, Any], algorithm: str) -> bool:
    """Tell whether a JWK says that it may verify by this algorithm (RFC 7517 4.2 to 4.4)."""
    operations = jwk.get("key_ops", ["verify"])
    return (
        algorithm in _KINDS
        and jwk.get("kty") == _KINDS[algorithm]
        and jwk.get("use", "sig") == "sig"
        and jwk.get("alg", algorithm) == algorithm
        and isinstance(operations, list)
        and "verify" in operations
        and PRIVATE_MEMBERS.isdisjoint(jwk)
    )


def read_key(jwk: Mapping[str, Any], algorithm: str) -> RSAKey | ECKey | None:
    """Return the public key of a JWK that fits; None for one that is none, or not strong enough."""
    try:
        if _KINDS[algorithm] == "RSA":
            modulus, exponent = _number(jwk["n"]), _number(jwk["e"])
            if modulus.bit_length() not in _RSA_BITS or exponent not in _RSA_EXPONENTS:
                return None
            return RSAKey.import_key({"kty": "RSA", "n": jwk["n"], "e": jwk["e"]})
        if jwk.get("crv") != "P-256":
            return None
        return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"]})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None


def has_usable_key(jwks: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether a client could sign anything with a set of keys."""
    return any(fits(jwk, name) and read_key(jwk, name) is not None for jwk in jwks for name in CLIENT_ALGORITHMS)


def _number(text: str) -> int:
    if not is_canonical(text):
        raise ValueError("no Base64urlUInt")  # RFC 7518 2
    return int.from_bytes(decoded(text))
