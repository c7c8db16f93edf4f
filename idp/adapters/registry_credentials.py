"""Who we are to the fund's registry: a client certificate (mutual TLS), or a key that signs a bearer token."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from idp.kernel.clock import Instant, seconds
from idp.kernel.errors import OperatorError
from idp.kernel.ids import new_id
from idp.outbound.errors import Refused
from idp.outbound.target import read_target

BEARER_SECONDS = 60
"""Life of a bearer token; each request gets its own."""

SMALLEST_RSA = 2048


@dataclass(frozen=True, slots=True)
class Bearer:
    """A key of ours whose public half the fund holds; ``issuer`` is our own."""

    key: RSAKey | ECKey = field(repr=False)
    issuer: str

    def token(self, audience: str, now: Instant) -> str:
        """Return a JWT (RFC 7519) for one request to the origin ``audience``."""
        issued = seconds(now)
        claims = {"iss": self.issuer, "aud": audience, "iat": issued, "exp": issued + BEARER_SECONDS, "jti": new_id()}
        algorithm = "RS256" if isinstance(self.key, RSAKey) else "ES256"
        header = {"alg": algorithm, "typ": "JWT", "kid": self.key.thumbprint()}
        return jwt.encode(header, dict(claims), self.key, [algorithm])


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves who asks. ``tls`` holds the authorities we trust and, with mutual TLS, the client certificate."""

    tls: ssl.SSLContext | None
    bearer: Bearer | None


def read_credentials(
    url: str, issuer: str, key: Path, certificate: Path | None = None, authorities: Path | None = None
) -> Credentials:
    """Read the PEM files. With a certificate the key belongs to it (mutual TLS), else it signs a bearer token.

    ``authorities`` replace the machine's. Raises ``OperatorError`` for what cannot work against ``url``.
    """
    try:
        target = read_target(url)
    except Refused as error:
        raise OperatorError(f"the registry's URL cannot be used: {error}") from None
    if "?" in target.path:
        raise OperatorError("the registry's URL ends before any question mark: paths are added to it")
    if certificate is not None and target.scheme != "https":
        raise OperatorError("a client certificate needs a registry at https://")
    bearer = Bearer(_signing_key(key), issuer) if certificate is None else None
    return Credentials(_tls(key, certificate, authorities), bearer)


def _signing_key(path: Path) -> RSAKey | ECKey:
    material = _private(path)
    try:
        found = load_pem_private_key(material, None)
    except (ValueError, TypeError):
        raise OperatorError(f"{path} holds no private key as PEM without a pass phrase") from None
    if isinstance(found, EllipticCurvePrivateKey) and isinstance(found.curve, SECP256R1):
        return ECKey.import_key(material)
    if isinstance(found, RSAPrivateKey) and found.key_size >= SMALLEST_RSA:
        return RSAKey.import_key(material)
    raise OperatorError(f"{path} must be a P-256 key, or an RSA key of {SMALLEST_RSA} bits or more")


def _private(path: Path) -> bytes:
    try:
        if path.stat().st_mode & 0o077:
            raise OperatorError(f"{path} can be read by others: chmod 600 it")
        return path.read_bytes()
    except OSError as error:
        raise OperatorError(f"{path} cannot be read: {error.strerror}") from None


def _tls(key: Path, certificate: Path | None, authorities: Path | None) -> ssl.SSLContext | None:
    if certificate is None and authorities is None:
        return None
    try:
        context = ssl.create_default_context(cafile=authorities)
    except OSError:
        raise OperatorError(f"{authorities} holds no certificates as PEM") from None
    if certificate is not None:
        _private(key)
        try:
            # An empty pass phrase: else a protected key would ask for one on the terminal.
            context.load_cert_chain(certificate, key, password="")
        except OSError:
            raise OperatorError(f"{certificate} and {key} are no certificate and its key as PEM") from None
    return context
