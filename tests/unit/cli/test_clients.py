"""``idp clients``: portals from RFC 7591 metadata, and back."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.client_site import client_site
from tests.unit.cli.conftest import Run

DOCUMENT = {
    "client_id": "terres",
    "client_name": "Terres et Projets",
    "redirect_uris": ["https://portail.example/retour"],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid profile email",
}

PUBLIC_KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
}
"""The key of RFC 7515 A.3."""


def _file(folder: Path, document: Any) -> str:
    path = folder / "client.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return str(path)


def test_a_portal_is_added_shown_and_removed(ready: Run, home: Path) -> None:
    added = ready("clients", "add", _file(home, DOCUMENT), "--json").json
    assert added["client_id"] == "terres"
    assert added["outcome"] == "added"
    assert len(added["client_secret"]) >= 32
    assert ready("clients", "list", "--json").json["clients"] == [
        {"client_id": "terres", "client_name": "Terres et Projets"}
    ]
    shown = ready("clients", "show", "terres")
    assert shown.json["redirect_uris"] == DOCUMENT["redirect_uris"]
    assert added["client_secret"] not in shown.out
    assert ready("clients", "show", "terres", "--json").json == shown.json
    assert ready("clients", "remove", "terres", "--json").json == {"removed": "terres"}
    assert ready("clients", "list", "--json").json["clients"] == []


def test_what_is_shown_can_be_added_again(ready: Run, home: Path) -> None:
    ready("clients", "add", _file(home, DOCUMENT))
    shown = ready("clients", "show", "terres").json
    again = ready("clients", "add", _file(home, shown), "--json").json
    assert again["outcome"] == "unchanged"
    assert "client_secret" not in again


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_what_is_shown_steers_no_terminal(ready: Run, home: Path, more: tuple[str, ...]) -> None:
    """A portal that registers itself has its keys named as it likes: by what starts a terminal's command, or by a mark
    that turns the line around."""
    keys = {"keys": [{**PUBLIC_KEY, "kid": "\x9b31m\u202e\x7fé"}]}
    ready("clients", "add", _file(home, {**DOCUMENT, "jwks": keys}))
    shown = ready("clients", "show", "terres", *more)
    assert shown.json["jwks"] == keys
    assert [c for c in shown.out if not c.isprintable() and c != "\n"] == []
    assert "é" in shown.out


def test_a_changed_portal_keeps_its_secret(ready: Run, home: Path) -> None:
    ready("clients", "add", _file(home, DOCUMENT))
    changed = {**DOCUMENT, "client_name": "Terres"}
    again = ready("clients", "add", _file(home, changed), "--json").json
    assert again == {"client_id": "terres", "outcome": "updated"}


def test_a_portal_that_signs_with_a_secret_is_told_it_once(ready: Run, home: Path) -> None:
    document = {**DOCUMENT, "token_endpoint_auth_method": "client_secret_jwt"}
    added = ready("clients", "add", _file(home, document), "--json").json
    shown = ready("clients", "show", "terres")
    assert added["client_secret"] not in shown.out
    again = ready("clients", "add", _file(home, shown.json), "--json").json
    assert again == {"client_id": "terres", "outcome": "unchanged"}


@pytest.mark.parametrize("where", ["jwks", "jwks_uri"])
def test_a_portal_that_signs_with_a_key_has_no_secret(ready: Run, home: Path, where: str) -> None:
    keys = {"jwks": {"keys": [PUBLIC_KEY]}, "jwks_uri": "https://portail.example/cles"}
    document = {**DOCUMENT, "token_endpoint_auth_method": "private_key_jwt", where: keys[where]}
    added = ready("clients", "add", _file(home, document), "--json").json
    assert added == {"client_id": "terres", "outcome": "added"}
    shown = ready("clients", "show", "terres").json
    assert shown[where] == keys[where]
    assert ready("clients", "add", _file(home, shown), "--json").json["outcome"] == "unchanged"


def test_metadata_comes_from_standard_input_too(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(DOCUMENT)))
    assert ready("clients", "add", "-", "--json").json["client_id"] == "terres"


def test_a_portal_without_an_id_is_given_one(ready: Run, home: Path) -> None:
    nameless = {name: value for name, value in DOCUMENT.items() if name != "client_id"}
    assert len(ready("clients", "add", _file(home, nameless), "--json").json["client_id"]) == 22


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({**DOCUMENT, "redirect_uris": []}, "redirect_uris: is required"),
        ({**DOCUMENT, "redirect_urls": ["x"]}, "redirect_urls: is not a member this release knows"),
        ({**DOCUMENT, "redirect_uris": ["http://portail.example/retour"]}, "redirect_uris: "),
        ([], "document: must be a JSON object"),
        ("{", "is not JSON"),
    ],
)
def test_what_cannot_be_taken_is_told_in_one_sentence(ready: Run, home: Path, document: Any, told: str) -> None:
    ran = ready("clients", "add", _file(home, document))
    assert (ran.code, ran.out) == (1, "")
    assert told in ran.err
    assert ran.err.count("\n") == 1
    assert ready("clients", "list", "--json").json["clients"] == []


def test_a_missing_file_is_named(ready: Run, home: Path) -> None:
    ran = ready("clients", "add", str(home / "nowhere.json"))
    assert ran.code == 1
    assert "nowhere.json" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", ["show", "remove"])
def test_an_unknown_portal_is_named(ready: Run, command: str) -> None:
    ran = ready("clients", command, "nobody")
    assert ran.code == 1
    assert "nobody" in ran.err


def test_a_token_for_registration_is_told_once_and_listed(ready: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_REGISTRATION", "token")
    ran = ready("clients", "token", "Terres et Projets", "--days", "2", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json["name"] == "Terres et Projets"
    assert len(ran.json["initial_access_token"]) >= 43
    listed = ready("clients", "tokens", "--json")
    assert listed.json["tokens"] == [
        {"name": "Terres et Projets", "state": "waiting", "expires_at": ran.json["expires_at"]}
    ]
    assert ran.json["initial_access_token"] not in listed.out
    text = ready("clients", "tokens").out
    assert text.startswith("waiting  ")
    assert text.endswith("Terres et Projets\n")


def test_a_token_that_nobody_can_use_yet_is_told_so(ready: Run) -> None:
    ran = ready("clients", "token", "Terres")
    assert ran.code == 0
    assert "IDP_REGISTRATION=token" in ran.err


@pytest.mark.parametrize(
    "words", [("",), ("x" * 101,), ("a\nb",), ("Terres", "--days", "0"), ("Terres", "--days", "366")]
)
def test_a_token_without_a_name_or_an_end_is_not_made(ready: Run, words: tuple[str, ...]) -> None:
    assert ready("clients", "token", *words).code in (1, 2)
    assert ready("clients", "tokens", "--json").json["tokens"] == []


def test_a_logo_is_fetched_when_a_portal_is_added(ready: Run, home: Path) -> None:
    with client_site() as site:
        site.say(b"<svg/>")
        document = {**DOCUMENT, "logo_uri": f"{site.url}/logo"}
        assert "pages show initials" in ready("clients", "add", _file(home, document)).err
        site.say(b"GIF89a\x01\x00\x01\x00")
        again = ready("clients", "add", _file(home, document), "--json")
        assert (again.err, again.json["outcome"]) == ("", "updated")
        assert ready("clients", "add", _file(home, document), "--json").json["outcome"] == "unchanged"
        assert len(site.asked) == 2, "once it is here, it is not asked for again"
    assert ready("clients", "remove", "terres").code == 0
