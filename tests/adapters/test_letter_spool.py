"""The letter spool: for its owner alone, whole files, found again after any crash, gone when their time is over."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization.pkcs7 import pkcs7_decrypt_der
from cryptography.x509.oid import NameOID

from idp.adapters.letter_spool import LetterSpool
from idp.kernel.clock import DAY, SECOND, moment
from idp.kernel.effects import Kind
from idp.kernel.errors import ConnectionHeld, OperatorError
from idp.kernel.holding import holding
from idp.post.letters.file import LetterFile
from tests.support.clock import FakeClock

LETTER = LetterFile("-delivery_1", 1, Kind.PROVISIONAL_LETTER)
PDF = b"%PDF-1.4 K7PM-3RWX-9HTN-C4WD-F6YA"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "letters"


@pytest.fixture
def spool(folder: Path, clock: FakeClock) -> LetterSpool:
    return LetterSpool(folder, clock=clock)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_letter_is_a_file_and_its_manifest_for_the_owner_alone(
    spool: LetterSpool, folder: Path, clock: FakeClock
) -> None:
    assert not spool.exists(LETTER)
    spool.write(LETTER, PDF)
    assert spool.exists(LETTER)
    assert names(folder) == [f"{LETTER.name}.json", f"{LETTER.name}.pdf"]
    assert S_IMODE(folder.stat().st_mode) == 0o700
    assert {S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert json.loads((folder / f"{LETTER.name}.json").read_text("utf-8")) == {
        "reference": LETTER.reference,
        "delivery": LETTER.delivery,
        "copy": 1,
        "kind": "provisional_letter",
        "created_at": moment(clock.now()).isoformat(timespec="seconds"),
        "pages": 1,
        "bytes": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "encrypted": False,
        "posted_at": None,
    }


def test_a_folder_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    LetterSpool(tmp_path).write(LETTER, PDF)
    assert S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_letter_that_is_there_stays_as_it_is(spool: LetterSpool, folder: Path) -> None:
    spool.write(LETTER, PDF)
    spool.write(LETTER, b"%PDF another word")
    assert (folder / f"{LETTER.name}.pdf").read_bytes() == PDF
    assert spool.all()[0].bytes == len(PDF)


def test_of_two_writers_at_once_one_letter_stays_with_its_own_manifest(folder: Path) -> None:
    start = threading.Barrier(8)

    def write(number: int) -> None:
        start.wait(5)
        LetterSpool(folder).write(LETTER, PDF + b"%d" % number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    [manifest] = LetterSpool(folder).all()
    assert manifest.sha256 == hashlib.sha256((folder / f"{LETTER.name}.pdf").read_bytes()).hexdigest()
    assert not list(folder.glob(".*"))


def test_no_letter_is_written_while_a_database_connection_is_held(spool: LetterSpool, folder: Path) -> None:
    with holding(), pytest.raises(ConnectionHeld):
        spool.write(LETTER, PDF)
    assert not folder.exists()


def test_a_missing_folder_is_an_empty_spool(spool: LetterSpool) -> None:
    assert spool.all() == ()
    assert spool.waiting() == ()
    assert spool.sweep() == 0


@pytest.mark.parametrize("left", [None, "", "{", "[]", '{"reference": "L"}', "\udcff"])
def test_a_manifest_that_a_crash_left_half_written_is_made_again(
    spool: LetterSpool, folder: Path, left: str | None
) -> None:
    spool.write(LETTER, PDF)
    path = folder / f"{LETTER.name}.json"
    [before] = spool.all()
    if left is None:
        path.unlink()
    else:
        path.write_bytes(left.encode("utf-8", "surrogateescape"))
    assert spool.exists(LETTER), "no second word is born for it"
    [healed] = spool.waiting()
    assert (healed.reference, healed.sha256, healed.kind) == (before.reference, before.sha256, before.kind)
    assert json.loads(path.read_text("utf-8"))["reference"] == LETTER.reference


def test_half_a_letter_is_no_letter(spool: LetterSpool, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / f".{LETTER.name}.pdf.part").write_bytes(PDF[:9])
    (folder / f"{LETTER.name}.json").write_text("{", "utf-8")
    assert not spool.exists(LETTER)
    assert spool.all() == ()
    spool.write(LETTER, PDF)
    assert len(spool.waiting()) == 1


def test_a_stranger_s_files_are_left_alone(spool: LetterSpool, folder: Path, clock: FakeClock) -> None:
    spool.write(LETTER, PDF)
    for name in ("notes.pdf", "a.1.password_changed.pdf", "x.json"):
        (folder / name).write_bytes(b"{}")
    assert [manifest.name for manifest in spool.all()] == [LETTER.name]
    clock.advance(400 * DAY)
    spool.sweep()
    assert names(folder) == ["a.1.password_changed.pdf", "notes.pdf", "x.json"]


def test_letters_come_oldest_first(spool: LetterSpool, clock: FakeClock) -> None:
    for delivery in ("z", "a", "m"):
        spool.write(LetterFile(delivery, 1, Kind.CONFIRMATION_LETTER), PDF)
        clock.advance(SECOND)
    assert [manifest.delivery for manifest in spool.waiting()] == ["z", "a", "m"]


def test_export_copies_letter_and_manifest_and_may_be_repeated(
    spool: LetterSpool, folder: Path, tmp_path: Path
) -> None:
    spool.write(LETTER, PDF)
    out = tmp_path / "printer" / "today"
    for _ in range(2):
        spool.export(spool.waiting(), out)
        assert names(out) == names(folder)
        assert (out / f"{LETTER.name}.pdf").read_bytes() == PDF
        assert {S_IMODE(path.stat().st_mode) for path in out.iterdir()} == {0o600}
    assert len(spool.waiting()) == 1


def test_what_is_posted_is_removed_and_remembered(spool: LetterSpool, folder: Path, clock: FakeClock) -> None:
    spool.write(LETTER, PDF)
    clock.advance(DAY)
    spool.posted(spool.waiting()[0])
    assert names(folder) == [f"{LETTER.name}.json"]
    assert spool.waiting() == ()
    assert spool.all()[0].posted_at == moment(clock.now()).isoformat(timespec="seconds")
    assert spool.exists(LETTER), "a job whose mark was lost makes no second letter"


def test_readable_letters_go_after_three_days_and_manifests_after_six_months(
    spool: LetterSpool, folder: Path, clock: FakeClock
) -> None:
    spool.write(LETTER, PDF)
    clock.advance(3 * DAY - SECOND)
    assert spool.sweep() == 0
    clock.advance(SECOND + 1)
    assert spool.sweep() == 1
    assert names(folder) == [f"{LETTER.name}.json"]
    assert spool.waiting() == ()
    assert spool.exists(LETTER)
    clock.advance(177 * DAY)
    assert spool.sweep() == 1
    assert names(folder) == []


def test_halves_that_a_crash_left_are_swept_once_nobody_writes_them(
    spool: LetterSpool, folder: Path, clock: FakeClock
) -> None:
    folder.mkdir(parents=True)
    old, fresh = folder / ".a.pdf.part", folder / ".b.pdf.part"
    for path, age in ((old, 2 * DAY), (fresh, 0)):
        path.write_bytes(PDF)
        written = moment(clock.now() - age).timestamp()
        os.utime(path, (written, written))
    assert spool.sweep() == 1
    assert names(folder) == [fresh.name]


# --- the printer's certificate --------------------------------------------------------------------------------------


class Printer:
    """A printer with a key, and a certificate of any kind in a file."""

    def __init__(
        self, folder: Path, clock: FakeClock, key: Any = None, *, enciphers: bool = True, days: int = 30
    ) -> None:
        self.key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Imprimeur")])
        begin = datetime.fromtimestamp(clock.now() // 1_000_000, UTC) - timedelta(days=60)
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=enciphers, data_encipherment=False,
            key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=60 + days))
            .add_extension(usage, critical=True)
            .sign(self.key, hashes.SHA256())
        )
        self.path = folder / "printer.pem"
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))


def test_a_sealed_letter_is_read_by_the_printer_alone(folder: Path, tmp_path: Path, clock: FakeClock) -> None:
    printer = Printer(tmp_path, clock)
    spool = LetterSpool(folder, printer.path, clock)
    spool.write(LETTER, PDF)
    assert names(folder) == [f"{LETTER.name}.json", f"{LETTER.name}.pdf.p7m"]
    sealed = (folder / f"{LETTER.name}.pdf.p7m").read_bytes()
    assert b"K7PM" not in sealed
    [manifest] = spool.waiting()
    assert manifest.encrypted
    assert manifest.sha256 == hashlib.sha256(sealed).hexdigest()
    assert pkcs7_decrypt_der(sealed, printer.certificate, printer.key, []) == PDF
    assert bytes.fromhex("060960864801650304012a") in sealed, "AES-256 in CBC mode (RFC 3565)"


@pytest.mark.skipif(shutil.which("openssl") is None and "CI" not in os.environ, reason="no openssl")
def test_openssl_opens_a_sealed_letter(folder: Path, tmp_path: Path, clock: FakeClock) -> None:
    printer = Printer(tmp_path, clock)
    LetterSpool(folder, printer.path, clock).write(LETTER, PDF)
    key = tmp_path / "printer.key"
    key.write_bytes(
        printer.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    opened = subprocess.run(
        [
            "openssl",
            "cms",
            "-decrypt",
            "-inform",
            "DER",
            "-binary",
            "-inkey",
            key,
            "-in",
            folder / f"{LETTER.name}.pdf.p7m",
        ],
        capture_output=True,
        check=True,
        timeout=20,
    )
    assert opened.stdout == PDF


def test_sealed_letters_wait_for_the_post_longer_than_readable_ones(
    folder: Path, tmp_path: Path, clock: FakeClock
) -> None:
    spool = LetterSpool(folder, Printer(tmp_path, clock).path, clock)
    spool.write(LETTER, PDF)
    clock.advance(30 * DAY)
    assert spool.sweep() == 0
    (folder / f"{LETTER.name}.json").unlink()
    assert spool.all()[0].encrypted, "a lost manifest is made again"
    spool.posted(spool.waiting()[0])
    assert names(folder) == [f"{LETTER.name}.json"]


def test_a_certificate_that_cannot_be_used_is_told_at_the_start(folder: Path, tmp_path: Path, clock: FakeClock) -> None:
    elliptic = Printer(_room(tmp_path, "ec"), clock, ec.generate_private_key(ec.SECP256R1()))
    small = Printer(_room(tmp_path, "small"), clock, rsa.generate_private_key(public_exponent=65537, key_size=1024))  # noqa: S505
    signing = Printer(_room(tmp_path, "signing"), clock, enciphers=False)
    expired = Printer(_room(tmp_path, "expired"), clock, days=-1)
    words = tmp_path / "words.pem"
    words.write_text("not a certificate", "utf-8")
    for path, told in (
        (tmp_path / "nowhere.pem", "cannot be read"),
        (words, "is not an X.509 certificate"),
        (elliptic.path, "no RSA key of 2048 bits"),
        (small.path, "no RSA key of 2048 bits"),
        (signing.path, "not made for encrypting"),
        (expired.path, "is not valid today"),
    ):
        with pytest.raises(OperatorError, match=told):
            LetterSpool(folder, path, clock)
    assert not folder.exists()


def _room(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name
