"""The folder of mails: readable by its owner alone, whole files, in the order of their coming."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from stat import S_IMODE

import pytest

from idp.adapters.mail_folder import MailFolder
from idp.kernel.clock import SECOND
from idp.kernel.errors import ConnectionHeld
from idp.kernel.holding import holding
from tests.support.clock import FakeClock
from tests.support.smtp import part, read_message


def mail(message_id: str = "<d.1@fonds.test>") -> EmailMessage:
    message = EmailMessage()
    message["To"] = "marie@exemple.test"
    message["Message-ID"] = message_id
    message.set_content("à bientôt\n")
    return message


def test_a_mail_is_one_file_for_the_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "mail"
    MailFolder(folder).send(mail())
    [file] = folder.iterdir()
    assert file.suffix == ".eml"
    assert "d.1@fonds.test" in file.name
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert S_IMODE(folder.stat().st_mode) == 0o700
    assert part(read_message(file.read_bytes()), "plain").strip() == "à bientôt"


def test_a_folder_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    MailFolder(tmp_path).send(mail())
    assert S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_names_sort_by_the_time_of_sending(tmp_path: Path) -> None:
    clock = FakeClock(1_800_000_000 * SECOND)
    folder = MailFolder(tmp_path, clock)
    for message_id in ("<z.1@h>", "<a.1@h>", "<m.1@h>", "<m.1@h>"):
        folder.send(mail(message_id))
        clock.advance(1)
    assert [file.name.split("-", 1)[1] for file in sorted(tmp_path.iterdir())] == [
        "z.1@h.eml",
        "a.1@h.eml",
        "m.1@h.eml",
        "m.1@h.eml",
    ]


def test_an_id_never_names_a_file_elsewhere(tmp_path: Path) -> None:
    MailFolder(tmp_path / "mail").send(mail("<../../x/.1@h>"))
    [file] = (tmp_path / "mail").iterdir()
    assert file.name.endswith(".eml")


def test_no_mail_is_written_while_a_database_connection_is_held(tmp_path: Path) -> None:
    with holding(), pytest.raises(ConnectionHeld):
        MailFolder(tmp_path).send(mail())
    assert list(tmp_path.iterdir()) == []
