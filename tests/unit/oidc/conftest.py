"""Real stores on both databases, one open account, its session, and a portal."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import insert

from idp.kernel.clock import DAY
from idp.kernel.ids import new_id
from idp.kernel.keyring import SIGNING, KeyFile, RingEntry
from idp.kernel.vault import Pepper, Vault
from idp.oidc.key_pairs import new_pem, public_jwk
from idp.oidc.keys import SigningKeys
from idp.storage.database import Database
from idp.storage.migrate import publish_first_terms
from idp.storage.tables import accounts, members, passwords, terms_acceptances
from idp.storage.unit import units
from tests.support.clock import FakeClock
from tests.unit.oidc.world import NIR, World


@pytest.fixture(scope="session")
def key_files() -> tuple[KeyFile, ...]:
    return tuple(KeyFile(new_id(), purpose, 1, new_pem(purpose)) for purpose in SIGNING)


@pytest.fixture(scope="session")
def public_jwks(key_files: tuple[KeyFile, ...]) -> dict[str, str]:
    """What the ring tells of them, by id: reading an RSA key takes longer than most of these tests."""
    return {file.kid: public_jwk(file) for file in key_files}


@pytest.fixture
def keys(key_files: tuple[KeyFile, ...], public_jwks: dict[str, str], clock: FakeClock) -> SigningKeys:
    ring = tuple(
        RingEntry(file.kid, file.purpose, 1, file.fingerprint, public_jwks[file.kid], clock.now() - DAY)
        for file in key_files
    )
    return SigningKeys(key_files, ring)


@pytest.fixture
def world(database: Database, clock: FakeClock, pepper: Pepper, vault: Vault, keys: SigningKeys) -> World:
    """An account of epoch 1 with a password and the terms accepted, signed in; the portal ``portail``."""
    now = clock.now()
    account, member = new_id(), new_id()
    with database.begin() as connection:
        publish_first_terms(connection, now - DAY)
        connection.execute(insert(members), _member(member, vault, now))
        row = {"id": account, "member_id": member, "epoch": 1, "created_at": now, "opened_at": now}
        mail = {"email": "camille@courriel.example", "email_verified_at": now, "phone": "+33639981234"}
        connection.execute(insert(accounts), {**row, **mail})
        connection.execute(insert(passwords), {"account_id": account, "hash": "x", "set_at": now})
        accepted = {"account_id": account, "revision": 1, "language": "fr", "digest": "d", "accepted_at": now}
        connection.execute(insert(terms_acceptances), accepted)
    world = World(units(database, pepper, vault), database, clock, keys, account)
    world.client()
    world.sign_in()
    return world


def _member(member: str, vault: Vault, now: int) -> dict[str, Any]:
    return {
        "id": member,
        "nir": vault.seal(NIR, member),
        "birth_name": "Martin",
        "given_names": "Camille, Jeanne",
        "gender": "female",
        "birthdate": "1984-05-00",
        "birthcountry": "99100",
        "situation": "particulier",
        "health_rights": 1,
        "imported_at": now,
    }
