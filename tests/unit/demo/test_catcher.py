"""The catcher shows the mails and letters that lie in its folders and nothing beside them."""

import json
import os
from email.message import EmailMessage
from pathlib import Path

from starlette.testclient import TestClient

from idp.demo.catcher import build


def leave(folder: Path, name: str, subject: str, age: int = 0) -> Path:
    message = EmailMessage()
    message["Subject"] = subject
    message["To"] = "camille@example.fr"
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0100"
    message.set_content("Bonjour,\n\nK7MQ-2XRT\n\nhttp://localhost:8000/connexion\n")
    message.add_alternative("<p style='color:red'>Bonjour &amp; merci</p>", subtype="html")
    path = folder / name
    path.write_bytes(message.as_bytes())
    os.utime(path, (1_800_000_000 - age, 1_800_000_000 - age))
    return path


def test_the_newest_mail_comes_first(tmp_path: Path) -> None:
    leave(tmp_path, "a.eml", "Ancien", age=60)
    leave(tmp_path, "b.eml", "Récent")
    page = TestClient(build(tmp_path, tmp_path)).get("/").text
    assert page.index("Récent") < page.index("Ancien")


def test_a_mail_shows_its_text_and_its_html_in_a_sandbox(tmp_path: Path) -> None:
    leave(tmp_path, "a.eml", "Votre mot de passe")
    page = TestClient(build(tmp_path, tmp_path)).get("/mail/a.eml").text
    assert "K7MQ-2XRT" in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "&lt;p style=" in page
    assert "<p style=" not in page


def test_a_missing_folder_is_an_empty_box(tmp_path: Path) -> None:
    answer = TestClient(build(tmp_path / "nothing", tmp_path / "none")).get("/")
    assert answer.status_code == 200
    assert "Aucun courriel" in answer.text
    assert "Aucune lettre" in answer.text


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    leave(tmp_path, "outside.eml", "Dehors")
    client = TestClient(build(box, box))
    for name in ("..%2Foutside.eml", "%2E%2E%2Foutside.eml", "outside.eml"):
        assert client.get(f"/mail/{name}").status_code == 404


def test_a_file_that_is_no_mail_breaks_nothing(tmp_path: Path) -> None:
    (tmp_path / "odd.pdf").write_bytes(b"%PDF")
    (tmp_path / "odd.json").write_text("[]", "utf-8")
    (tmp_path / "odd.eml").write_bytes(b"\xff\xfe\x00 not a mail")
    bad = b"Content-Type: text/plain; charset=martian\r\n\r\nhello"
    (tmp_path / "charset.eml").write_bytes(bad)
    client = TestClient(build(tmp_path, tmp_path))
    assert client.get("/").status_code == 200
    assert client.get("/mail/odd.eml").status_code == 200
    assert client.get("/mail/charset.eml").status_code == 200


def test_a_letter_is_listed_by_its_reference_and_shown_by_the_browser(tmp_path: Path) -> None:
    (tmp_path / "d.1.provisional_letter.pdf").write_bytes(b"%PDF-1.4 the letter")
    manifest = {"reference": "L-0000-1111-2222", "created_at": "2026-11-23T10:00:00+00:00"}
    (tmp_path / "d.1.provisional_letter.json").write_text(json.dumps(manifest), "utf-8")
    client = TestClient(build(tmp_path / "mails", tmp_path))
    page = client.get("/").text
    assert "Lettre L-0000-1111-2222" in page
    assert 'href="/lettre/d.1.provisional_letter.pdf"' in page
    answer = client.get("/lettre/d.1.provisional_letter.pdf")
    assert answer.content == b"%PDF-1.4 the letter"
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].startswith("inline")


def test_a_letter_s_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "outside.pdf").write_bytes(b"%PDF")
    client = TestClient(build(tmp_path, tmp_path / "letters"))
    for name in ("..%2Foutside.pdf", "outside.pdf"):
        assert client.get(f"/lettre/{name}").status_code == 404
