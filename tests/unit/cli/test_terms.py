"""``idp terms publish``: a new text is a new revision, the same text is the same one."""

from __future__ import annotations

from pathlib import Path

from tests.unit.cli.conftest import Run


def _text(folder: Path, text: str) -> str:
    (folder / "fr.txt").write_text(text, "utf-8")
    return str(folder)


def test_a_new_text_is_a_new_revision(ready: Run, home: Path) -> None:
    folder = _text(home, "# Titre\n\nUn texte nouveau.\n")
    assert ready("terms", "publish", folder).out == "revision 2 is current\n"
    assert ready("terms", "publish", folder, "--json").json == {"revision": 2}
    folder = _text(home, "# Titre\n\nEncore un texte.\n")
    assert ready("terms", "publish", folder, "--json").json == {"revision": 3}


def test_a_missing_text_is_named(ready: Run, home: Path) -> None:
    ran = ready("terms", "publish", str(home))
    assert ran.code == 1
    assert "fr.txt" in ran.err
    assert "Traceback" not in ran.err
