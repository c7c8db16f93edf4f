"""Two operators rotate at once: one next key a purpose, and the other is told."""

from __future__ import annotations

from idp.adapters import key_folder
from idp.kernel.errors import OperatorError
from idp.kernel.keyring import KeyPurpose
from idp.rotating import make_next
from idp.storage.key_ring import SqlKeyRing
from tests.races.scene import together
from tests.support.house import Running


def test_of_two_rotations_at_once_one_is_made(running: Running) -> None:
    database, folder = running.house.database, running.folder / "keys"

    def rotate() -> str:
        try:
            made = make_next(database, folder, (KeyPurpose.SIGN_ES256,))
        except OperatorError as error:
            return str(error)
        return made[0].kid

    said = together(rotate, rotate)
    with database.begin(write=False) as connection:
        rows = [row for row in SqlKeyRing(connection).entries() if row.purpose is KeyPurpose.SIGN_ES256]
    assert [row.version for row in rows] == [1, 2]
    (refused,) = [word for word in said if word != rows[1].kid]
    assert "waits already" in refused or "another command has just made" in refused
    newer = {key.kid for key in key_folder.read(folder) if key.version == 2}
    assert newer == {rows[1].kid}, "the one refused left no file"
