"""The keys of one node: what it publishes, what it signs with, what it takes for its own, and when it looks again."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from joserfc.util import urlsafe_b64encode

from idp.kernel.clock import DAY, MINUTE, SECOND, Instant, seconds
from idp.kernel.keyring import (
    JWKS_CACHE,
    KEPT_AFTER,
    NOTICE,
    PUBLISHED_AHEAD,
    SIGNED_LIFE,
    STAND_IN,
    KeyFile,
    RingEntry,
)
from idp.oidc.keys import NoSigningKey, SigningKeys
from tests.unit.oidc.keyed import key_file, kid_of, published, row

NOW = 1_800_000_000 * SECOND
STARTS = NOW + PUBLISHED_AHEAD
RING = (row(1, NOW - DAY), row(2, NOW))
BOTH = (key_file(1), key_file(2))
ID_TOKEN = {"iss": "i", "sub": "s", "aud": "a", "iat": seconds(NOW), "exp": seconds(NOW) + 300}


def signed_by(keys: SigningKeys, now: Instant) -> str:
    return kid_of(keys.sign({}, "ES256", now))


def test_a_later_key_is_published_at_once_and_signs_when_portals_know_it() -> None:
    keys = SigningKeys(BOTH, RING)
    assert published(keys, NOW) == {"key-1", "key-2"}
    assert b'"d"' not in keys.jwks_bytes(NOW)
    assert signed_by(keys, STARTS - 1) == "key-1"
    assert signed_by(keys, STARTS) == "key-2"


def test_a_key_is_published_until_nothing_it_signed_is_left() -> None:
    keys = SigningKeys(BOTH, RING)
    assert published(keys, STARTS + KEPT_AFTER - 1) == {"key-1", "key-2"}
    assert published(keys, STARTS + KEPT_AFTER) == {"key-2"}
    same = keys.jwks_bytes(STARTS + KEPT_AFTER)
    assert keys.jwks_bytes(STARTS + DAY) is same, "made once, until a phase changes"


def test_a_hint_is_known_however_old_its_key() -> None:
    """RP-Initiated Logout 2: the provider should accept hints of the past."""
    hint = SigningKeys(BOTH, RING).sign(ID_TOKEN, "ES256", NOW)
    later = SigningKeys((key_file(2),), RING)
    assert "key-1" not in published(later, NOW + DAY)
    assert later.verify_own(hint) == ID_TOKEN


def test_a_node_without_the_new_file_lets_the_old_key_stand_in_and_then_signs_nothing() -> None:
    keys = SigningKeys((key_file(1),), RING)
    assert published(keys, STARTS) == {"key-1", "key-2"}, "what others sign with is published all the same"
    assert signed_by(keys, STARTS + STAND_IN - 1) == "key-1"
    with pytest.raises(NoSigningKey):
        keys.sign({}, "ES256", STARTS + STAND_IN)


def test_a_node_with_the_next_file_alone_does_not_sign_early() -> None:
    with pytest.raises(NoSigningKey):
        SigningKeys((key_file(2),), RING).sign({}, "ES256", STARTS - 1)


def test_a_node_without_keys_does_not_start() -> None:
    with pytest.raises(LookupError):
        SigningKeys((), ())


def test_no_token_outlives_its_key() -> None:
    keys = SigningKeys(BOTH, RING)
    keys.sign({"exp": seconds(NOW + SIGNED_LIFE)}, "ES256", NOW)
    with pytest.raises(ValueError, match="SIGNED_LIFE"):
        keys.sign({"exp": seconds(NOW + SIGNED_LIFE) + 1}, "ES256", NOW)


# --- one kind of token never passes for another (RFC 8725 3.11, 3.12) ------------------------------------------------

LOGOUT = {**ID_TOKEN, "jti": "j", "sid": "x", "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}
ACCESS = {**ID_TOKEN, "client_id": "a", "jti": "j", "scope": "openid"}


@pytest.mark.parametrize(
    ("claims", "typ"),
    [
        (LOGOUT, "logout+jwt"),
        (LOGOUT, None),
        (ACCESS, "at+jwt"),
        ({**ID_TOKEN, "token_introspection": {"active": True}}, "token-introspection+jwt"),
        ({"iss": "i", "sub": "s", "aud": "a"}, None),
        ({}, None),
        *(({name: value for name, value in ID_TOKEN.items() if name != missing}, None) for missing in ID_TOKEN),
    ],
)
def test_only_an_id_token_is_a_hint(claims: dict[str, Any], typ: str | None) -> None:
    keys = SigningKeys(BOTH, RING)
    token = keys.sign(claims, "ES256", NOW, typ=typ)
    assert keys.verify_own(token) is None
    if typ is not None:
        assert keys.verify_own(token, typ=typ) == claims
        assert keys.verify_own(token, typ="something+jwt") is None


def test_an_id_token_is_nothing_else() -> None:
    keys = SigningKeys(BOTH, RING)
    hint = keys.sign(ID_TOKEN, "ES256", NOW)
    assert keys.verify_own(hint) == ID_TOKEN
    assert [keys.verify_own(hint, typ=typ) for typ in ("logout+jwt", "at+jwt")] == [None, None]


@pytest.mark.parametrize(
    ("header", "is_hint", "is_access"),
    [
        ({}, True, False),
        ({"typ": "JWT"}, True, False),
        ({"typ": "jwt"}, True, False),
        ({"typ": "application/jwt"}, True, False),
        ({"typ": ""}, True, False),
        ({"typ": "AT+JWT"}, False, True),
        ({"typ": "application/at+jwt"}, False, True),
        ({"typ": "application/application/at+jwt"}, False, False),
        ({"typ": "at+jwt", "crit": ["x"], "x": 1}, False, False),
        ({"typ": "JWT", "jku": "https://voleur.example"}, False, False),
    ],
)
def test_the_type_compares_as_a_media_type(header: dict[str, Any], is_hint: bool, is_access: bool) -> None:
    """RFC 7515 4.1.9. The header is signed by our key, as no header of ours would be: nothing else is judged here."""
    token = compact(header)
    keys = SigningKeys(BOTH, RING)
    assert (keys.verify_own(token) is not None) == is_hint
    assert (keys.verify_own(token, typ="at+jwt") is not None) == is_access


@pytest.mark.parametrize("typ", [1, ["JWT"], {"a": 1}, True])
def test_a_type_that_is_no_text_is_no_type(typ: object) -> None:
    keys = SigningKeys(BOTH, RING)
    assert keys.verify_own(compact({"typ": typ})) is None
    assert keys.verify_own(compact({"typ": typ}), typ="at+jwt") is None


def compact(header: dict[str, Any]) -> str:
    """Return a JWT with the claims of an ID token, signed by our first key whatever its header says."""
    whole = json.dumps({"alg": "ES256", "kid": "key-1", **header}).encode()
    signed = urlsafe_b64encode(whole) + b"." + urlsafe_b64encode(json.dumps(ID_TOKEN).encode())
    key = load_pem_private_key(key_file(1).material, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    r, s = utils.decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
    return (signed + b"." + urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


# --- looking again ---------------------------------------------------------------------------------------------------


class Folder:
    """Ring and folder as they are now; how often they were looked at."""

    def __init__(self, files: tuple[KeyFile, ...], ring: tuple[RingEntry, ...]) -> None:
        self.files, self.ring, self.looks = files, ring, 0
        self.fault: Exception | None = None

    def look(self, now: Instant) -> tuple[tuple[KeyFile, ...], tuple[RingEntry, ...]]:
        self.looks += 1
        if self.fault is not None:
            raise self.fault
        return self.files, self.ring


@pytest.fixture
def folder() -> Folder:
    return Folder(BOTH[:1], RING[:1])


@pytest.fixture
def keys(folder: Folder) -> SigningKeys:
    return SigningKeys(folder.files, folder.ring, folder.look, NOW)


def test_a_new_row_is_seen_at_the_next_look_and_its_key_imported_long_before_it_signs(
    folder: Folder, keys: SigningKeys
) -> None:
    folder.files, folder.ring = BOTH, RING
    keys.keep_fresh(NOW + NOTICE - 1)
    assert published(keys, NOW) == {"key-1"}
    keys.keep_fresh(NOW + NOTICE)
    assert published(keys, NOW) == {"key-1", "key-2"}
    assert set(keys._seen.private) == {"key-1", "key-2"}
    assert signed_by(keys, STARTS) == "key-2"


def test_requests_look_once_a_minute_at_most_and_never_while_somebody_else_does(
    folder: Folder, keys: SigningKeys
) -> None:
    for second in range(120):
        keys.keep_fresh(NOW + second * SECOND)
    assert folder.looks == 1
    for second in range(120, 600, 15):
        keys.refresh(NOW + second * SECOND)
        keys.keep_fresh(NOW + (second + 14) * SECOND)
    assert folder.looks == 1 + len(range(120, 600, 15))


def test_many_requests_at_once_look_once(folder: Folder, keys: SigningKeys) -> None:
    begun = threading.Barrier(8)

    def ask() -> None:
        begun.wait(10)
        keys.keep_fresh(NOW + NOTICE)

    with ThreadPoolExecutor(8) as pool:
        for asked in [pool.submit(ask) for _ in range(8)]:
            asked.result(10)
    assert folder.looks == 1


def test_a_file_that_arrives_late_is_taken_up(folder: Folder, keys: SigningKeys) -> None:
    folder.ring = RING
    keys.refresh(STARTS)
    assert signed_by(keys, STARTS) == "key-1"
    folder.files = BOTH
    keys.refresh(STARTS + SECOND)
    assert signed_by(keys, STARTS + SECOND) == "key-2"


def test_a_look_that_fails_changes_nothing_and_is_not_tried_by_every_request(
    folder: Folder, keys: SigningKeys
) -> None:
    folder.fault = OSError("away")
    for _ in range(5):
        keys.keep_fresh(NOW + NOTICE)
    assert folder.looks == 1
    assert signed_by(keys, NOW + NOTICE) == "key-1"
    folder.fault = None
    folder.ring = ()
    keys.keep_fresh(NOW + 2 * NOTICE)
    assert published(keys, NOW) == {"key-1"}, "an empty ring is somebody's mistake: what was seen holds"


def test_what_could_not_be_read_for_long_may_be_kept_the_shorter(folder: Folder, keys: SigningKeys) -> None:
    """A key entered while the database is away from this node signs elsewhere 12 minutes later."""
    folder.fault = OSError("away")
    keys.keep_fresh(NOW + NOTICE)
    minutes = [(0, 10), (1, 10), (4, 7), (10, 1), (11, 0), (600, 0), (-5, 10)]
    assert [keys.jwks_life(NOW + m * MINUTE) for m, _ in minutes] == [left * MINUTE for _, left in minutes]
    folder.fault = None
    keys.refresh(NOW + 700 * MINUTE)
    assert keys.jwks_life(NOW + 700 * MINUTE) == JWKS_CACHE


def test_a_clock_that_is_set_back_is_a_reason_to_look(folder: Folder, keys: SigningKeys) -> None:
    keys.keep_fresh(NOW - DAY)
    assert folder.looks == 1
    assert not keys.is_stale(NOW - DAY)


def test_without_a_ring_to_look_at_keys_stay_what_they_are() -> None:
    keys = SigningKeys(BOTH, RING)
    keys.keep_fresh(NOW + DAY)
    assert not keys.is_stale(NOW + DAY)
    assert keys.jwks_life(NOW + DAY) == JWKS_CACHE
