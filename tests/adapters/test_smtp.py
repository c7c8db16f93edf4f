"""Mail by SMTP: what is handed over arrives whole, and a refusal says whether to try again."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from idp.adapters.mail_folder import MailFolder
from idp.adapters.smtp import SmtpTransport, read_url, transport_for
from idp.kernel.errors import ConnectionHeld, OperatorError
from idp.kernel.holding import holding
from idp.post.deliverer import PermanentFailure, TemporaryFailure
from tests.support.smtp import SmtpServer, part, smtp_server


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with smtp_server() as running:
        yield running


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Votre caisse <caisse@fonds.test>"
    message["To"] = "marie@exemple.test"
    message["Subject"] = "Été"
    message["Message-ID"] = "<d.1@fonds.test>"
    message.set_content("à bientôt\n")
    return message


def test_a_message_arrives_with_its_sender_its_recipient_and_its_accents(server: SmtpServer) -> None:
    SmtpTransport(server.url).send(mail())
    assert [(e.mail_from, e.rcpt_tos) for e in server.envelopes] == [("caisse@fonds.test", ["marie@exemple.test"])]
    [received] = server.messages
    assert received["Subject"] == "Été"
    assert part(received, "plain").strip() == "à bientôt"


@pytest.mark.parametrize("stage", ["at_recipient", "at_data"])
def test_a_refusal_of_the_550_kind_is_final(server: SmtpServer, stage: str) -> None:
    setattr(server.behaviour, stage, "550 5.1.1 <marie@exemple.test>: no such mailbox")
    with pytest.raises(PermanentFailure, match=r"refused the \w+: 550 5\.1\.1\Z"):
        SmtpTransport(server.url).send(mail())


@pytest.mark.parametrize("stage", ["at_recipient", "at_data"])
def test_a_refusal_of_the_450_kind_is_tried_again(server: SmtpServer, stage: str) -> None:
    setattr(server.behaviour, stage, "450 marie@exemple.test is busy")
    with pytest.raises(TemporaryFailure, match=r"refused the \w+: 450\Z"):
        SmtpTransport(server.url).send(mail())


def test_an_answer_lost_after_the_data_is_tried_again(server: SmtpServer) -> None:
    server.behaviour.hang_up_after_data = True
    with pytest.raises(TemporaryFailure):
        SmtpTransport(server.url).send(mail())
    assert len(server.envelopes) == 1


def test_a_server_that_is_away_is_tried_again(server: SmtpServer) -> None:
    server.stop()
    with pytest.raises(TemporaryFailure, match="ConnectionRefusedError"):
        SmtpTransport(server.url).send(mail())


def test_a_server_that_says_nothing_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idp.adapters.smtp.TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(TemporaryFailure):
        SmtpTransport(f"smtp://127.0.0.1:{silent.getsockname()[1]}").send(mail())


def test_tls_from_the_first_byte(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    with smtp_server(tls) as server:
        SmtpTransport(f"smtps://127.0.0.1:{server.port}", trust).send(mail())
        assert len(server.envelopes) == 1


def test_starttls_with_a_login_whose_password_has_special_characters(
    tls: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    with smtp_server(tls, starttls=True, login=("caisse", "p@ss/word")) as server:
        SmtpTransport(f"smtp+starttls://caisse:p%40ss%2Fword@127.0.0.1:{server.port}", trust).send(mail())
        assert len(server.envelopes) == 1


def test_a_wrong_login_is_the_operators_to_mend_and_tried_again(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    with smtp_server(tls, starttls=True, login=("caisse", "right")) as server:
        transport = SmtpTransport(f"smtp+starttls://caisse:wrong@127.0.0.1:{server.port}", trust)
        with pytest.raises(TemporaryFailure, match=r"SMTPAuthenticationError 535\Z"):
            transport.send(mail())


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
def test_a_certificate_nobody_vouches_for_is_refused(tls: ssl.SSLContext, scheme: str) -> None:
    with smtp_server(tls, starttls=scheme == "smtp+starttls") as server:
        with pytest.raises(TemporaryFailure, match="SSLCertVerificationError"):
            SmtpTransport(f"{scheme}://127.0.0.1:{server.port}").send(mail())
        assert server.envelopes == []


def test_nothing_is_said_in_clear_when_the_server_has_no_starttls(server: SmtpServer) -> None:
    with pytest.raises(TemporaryFailure, match="SMTPNotSupportedError"):
        SmtpTransport(f"smtp+starttls://127.0.0.1:{server.port}").send(mail())
    assert server.envelopes == []


def test_an_address_with_accents_needs_a_server_that_takes_it(server: SmtpServer) -> None:
    message = mail()
    message.replace_header("To", "rené@exemple.test")
    with pytest.raises(PermanentFailure, match="SMTPUTF8"):
        SmtpTransport(server.url).send(message)


def test_no_mail_is_sent_while_a_database_connection_is_held(server: SmtpServer) -> None:
    with holding(), pytest.raises(ConnectionHeld):
        SmtpTransport(server.url).send(mail())
    assert server.envelopes == []


@pytest.mark.parametrize(
    ("url", "port"),
    [("smtp://h", 25), ("smtps://h", 465), ("smtp+starttls://h", 587), ("smtp://h:2525/", 2525)],
)
def test_each_scheme_has_its_usual_port(url: str, port: int) -> None:
    assert read_url(url).port == port


@pytest.mark.parametrize(
    "url",
    [
        "http://h",
        "smtp://",
        "h:25",
        "smtp://h:port",
        "smtps://u:SECRET@h:99999",
        "smtps://u:SECRET/x@h",
        "smtps://u@h",
        "smtps://h/path",
        "smtp://u:SECRET@h",
    ],
)
def test_a_url_that_cannot_work_is_told_at_the_start_without_its_password(url: str) -> None:
    with pytest.raises(OperatorError) as told:
        SmtpTransport(url)
    assert "SECRET" not in str(told.value)


def test_the_password_of_the_url_is_not_shown_by_a_repr() -> None:
    server = read_url("smtps://u:SECRET@h")
    assert server.password == "SECRET"
    assert "SECRET" not in repr(server)


def test_without_a_url_mails_go_to_the_folder(tmp_path: Path) -> None:
    assert isinstance(transport_for(None, tmp_path), MailFolder)
    assert isinstance(transport_for("smtp://localhost", tmp_path), SmtpTransport)
