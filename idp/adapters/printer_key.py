"""The printer's certificate: letters are encrypted to it, and nobody of this house can read them again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

from idp.kernel.errors import OperatorError

SMALLEST_RSA = 2048


class PrinterKey:
    """Seals letters as CMS EnvelopedData (RFC 5652 section 6) with AES-256, for one recipient.

    Raises ``OperatorError`` for a certificate that letters cannot be sealed to at ``now``, an aware time.
    """

    def __init__(self, path: Path, now: datetime) -> None:
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            key = certificate.public_key()
        except OSError as error:
            raise OperatorError(f"the printer's certificate {path} cannot be read: {error.strerror}") from None
        except ValueError:
            raise OperatorError(f"{path} is not an X.509 certificate (PEM)") from None
        if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST_RSA:
            raise OperatorError(f"the printer's certificate {path} has no RSA key of {SMALLEST_RSA} bits or more")
        if not _may_encipher(certificate):
            raise OperatorError(f"the printer's certificate {path} is not made for encrypting (key usage)")
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise OperatorError(f"the printer's certificate {path} is not valid today")
        self._certificate = certificate

    def seal(self, content: bytes) -> bytes:
        """Return the content for the printer alone, DER encoded."""
        envelope = PKCS7EnvelopeBuilder().set_data(content).add_recipient(self._certificate)
        return envelope.set_content_encryption_algorithm(AES256).encrypt(Encoding.DER, [PKCS7Options.Binary])


def _may_encipher(certificate: x509.Certificate) -> bool:
    """Tell whether the key usage, when there is one, allows it (RFC 5280 section 4.2.1.3)."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.key_encipherment
