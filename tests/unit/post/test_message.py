"""Messages: one recipient, headers nobody can inject into, a text part that arrives as written."""

from __future__ import annotations

import pytest

from idp.kernel.clock import SECOND
from idp.post.message import BadAddress, Draft, compose, message_host, read_sender, recipient
from tests.support.smtp import part, read_message

SENDER = read_sender("Votre caisse <ne-pas-repondre@fonds.test>")
DRAFT = Draft(
    id="delivery.1",
    to="marie@exemple.test",
    subject="Été à la caisse",
    text="Bonjour à tous,\n\nABCD-EFGH-JKLM-NPQR-STUV\n\n" + "mots " * 60 + "\n",
    html="<p>Bonjour à tous</p>",
    date=1_800_000_000 * SECOND,
)


def test_the_headers_say_who_to_whom_and_that_a_machine_wrote() -> None:
    message = compose(DRAFT, SENDER, "compte.fonds.test")
    assert {name: str(message[name]) for name in ("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted")} == {
        "From": "Votre caisse <ne-pas-repondre@fonds.test>",
        "To": "marie@exemple.test",
        "Subject": "Été à la caisse",
        "Date": "Fri, 15 Jan 2027 08:00:00 +0000",
        "Message-ID": "<delivery.1@compte.fonds.test>",
        "Auto-Submitted": "auto-generated",
    }


def test_text_comes_before_html_and_the_word_keeps_its_line_on_the_wire() -> None:
    raw = compose(DRAFT, SENDER, "h").as_bytes()
    assert b"\r\nABCD-EFGH-JKLM-NPQR-STUV\r\n" in raw
    read = read_message(raw)
    assert read.get_content_type() == "multipart/alternative"
    assert [piece.get_content_type() for piece in read.iter_parts()] == ["text/plain", "text/html"]
    assert part(read, "plain").replace("\r\n", "\n") == DRAFT.text
    assert part(read, "html").strip() == DRAFT.html


@pytest.mark.parametrize(
    "address",
    [
        "",
        "marie",
        "@exemple.test",
        "marie@",
        "a@b@exemple.test",
        "marie@exemple.test\r\nBcc: autre@exemple.test",
        "marie@exemple.test\nBcc: autre@exemple.test",
        "marie@exemple.test\x00",
        "marie\u2028@exemple.test",
        "marie\u202e@exemple.test",
        "marie@exemple.test, autre@exemple.test",
        "marie@exemple.test;autre@exemple.test",
        "Marie <marie@exemple.test>",
        '"marie"@exemple.test',
        "marie@[127.0.0.1]",
        "marie @exemple.test",
        "marie\u00a0@exemple.test",
        "marie@" + "x" * 64 + ".test",
        "m" * 250 + "@x.test",
        "..@exemple..test",
    ],
)
def test_what_is_not_one_plain_address_is_refused_without_being_quoted(address: str) -> None:
    with pytest.raises(BadAddress) as refused:
        recipient(address)
    assert "exemple" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("marie@exemple.test", "marie@exemple.test"),
        ("m.le-goff+caisse@exemple.test", "m.le-goff+caisse@exemple.test"),
        ("o'brien@exemple.test", "o'brien@exemple.test"),
        ("marie@exämple.test", "marie@xn--exmple-cua.test"),
    ],
)
def test_a_plain_address_is_written_as_the_wire_wants_it(address: str, written: str) -> None:
    assert recipient(address).addr_spec == written


def test_a_line_break_never_makes_a_header() -> None:
    bad = Draft(**{name: getattr(DRAFT, name) for name in Draft.__slots__} | {"subject": "a\r\nBcc: b@exemple.test"})
    with pytest.raises(ValueError, match="linefeed"):
        compose(bad, SENDER, "h")


@pytest.mark.parametrize(
    ("setting", "header"),
    [
        ("caisse@fonds.test", "caisse@fonds.test"),
        ("Votre caisse <caisse@fonds.test>", "Votre caisse <caisse@fonds.test>"),
        ('"Caisse, Sud" <caisse@fonds.test>', '"Caisse, Sud" <caisse@fonds.test>'),
    ],
)
def test_the_sender_of_the_setting(setting: str, header: str) -> None:
    assert str(read_sender(setting)) == header


@pytest.mark.parametrize(
    "setting", ["", "caisse", "Caisse <caisse>", "A <a@b.test> x", "A\r\nB <a@b.test>", "a@b.test,c@d.test"]
)
def test_a_sender_that_cannot_be_one_is_refused(setting: str) -> None:
    with pytest.raises(BadAddress):
        read_sender(setting)


@pytest.mark.parametrize(
    ("issuer", "host"),
    [
        ("https://compte.fonds.test", "compte.fonds.test"),
        ("http://localhost:8000", "localhost"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_message_ids_end_with_the_issuers_host(issuer: str, host: str) -> None:
    assert message_host(issuer) == host
