"""What may come from the token endpoint instead of the truth, and what in place of a true ID token (rows 9 to 25)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from joserfc import jwe, jws
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode

from idp.federation.errors import Distrusted
from idp.federation.keys import PublicKey
from idp.federation.tokens import Expected, decrypted, read_id_token
from idp.federation.transactions import Link
from idp.kernel.clock import MINUTE, SECOND, SystemClock
from idp.kernel.ids import new_id
from tests.conformance.faulty import Faulty
from tests.conformance.upstream_faults import named
from tests.support.clock import PassingClock
from tests.support.franceconnect import MockFranceConnect
from tests.support.house import Running, running_house
from tests.support.upstream import Federated, free_port

NO_CURVE = {"kty": "EC", "crv": "", "x": "AA", "y": "AA"}


@pytest.mark.parametrize("name", named(9))
def test_fault_09_a_code_that_was_refused_is_not_tried_again(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(10))
def test_fault_10_a_broken_connection_is_a_failure_like_others(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.fixture(params=["http://127.0.0.1:{free}", "https://localhost:{listening}", "https://{label}.example"])
def astray(
    request: pytest.FixtureRequest, upstairs: Federated, sqlite_template: Path, tmp_path: Path
) -> Iterator[tuple[Running, str]]:
    """A house whose provider is not to be reached: nobody listens, no TLS is spoken, no host can have the name."""
    _, _, listening = upstairs.mock.base.rpartition(":")
    base = request.param.format(free=free_port(), listening=listening, label="a" * 64)
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    settings = {
        "franceconnect_issuer": f"{base}/api/v2",
        "franceconnect_client_id": "demo-espace-prive",
        "franceconnect_client_secret": "a-secret-of-thirty-two-characters",
    }
    with running_house(f"sqlite:///{tmp_path / 'idp.db'}", PassingClock(), tmp_path, **settings) as running:
        yield running, f"{base}/api/v2"


def test_fault_10_a_provider_that_is_not_to_be_reached_is_a_failure_like_others(astray: tuple[Running, str]) -> None:
    running, issuer = astray
    with running.browser() as browser:
        browser.get("/connexion")
        browser.submit(action="/franceconnect/connexion")
        there = browser.trail[-1]
        assert there.startswith(f"{issuer}/authorize?"), "the documented layout leads there"
        state = there.partition("state=")[2].partition("&")[0]
        page = browser.get(f"/franceconnect/retour?code=a-code&state={state}&iss={issuer}")
        assert page.status == 400
        assert "idp_session" not in browser.client.cookies


@pytest.mark.parametrize("name", named(11))
def test_fault_11_a_token_answer_that_is_none_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(12))
def test_fault_12_no_redirect_is_followed(faulty: Faulty, name: str) -> None:
    faulty.warm()
    keys = len(faulty.house.mock.log("jwks"))
    faulty.meets(name)
    assert len(faulty.house.mock.log("jwks")) == keys


@pytest.mark.parametrize("name", named(13))
def test_fault_13_what_is_too_much_is_left_and_what_is_wrong_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(14))
def test_fault_14_a_token_of_another_issuer_or_for_another_client_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(15))
def test_fault_15_a_token_of_another_transaction_is_refused(faulty: Faulty, name: str) -> None:
    faulty.warm()
    faulty.meets(name)


def test_fault_15_a_nonce_that_is_half_a_character_is_refused() -> None:
    """JSON can say it and UTF-8 cannot: it came to us signed, and must not break us."""
    key, now = ECKey.generate_key("P-256"), SystemClock().now()
    claims = {"iss": "i", "aud": "c", "sub": "s", "iat": now // SECOND, "exp": now // SECOND + 60, "nonce": "\ud800"}
    token = jws.serialize_compact({"alg": "ES256"}, json.dumps(claims), key)

    async def find(_kid: str | None, _failed: PublicKey | None) -> ECKey:
        return key

    with pytest.raises(Distrusted, match="nonce"):
        anyio.run(read_id_token, token, Expected("i", "c", "ES256", MINUTE), find, "n" * 64, now)


@pytest.mark.parametrize("name", named(16))
def test_fault_16_a_token_counts_while_it_lives_give_or_take_thirty_seconds(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(17))
def test_fault_17_another_algorithm_than_the_registered_one_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(18))
def test_fault_18_a_wrong_signature_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)
    faulty.meets(name)
    assert len(faulty.house.mock.log("jwks")) == 2, "the keys are asked for once more, and not each time"


@pytest.mark.parametrize("name", named(19))
def test_fault_19_one_published_key_must_fit_and_none_that_a_token_brings(faulty: Faulty, name: str) -> None:
    faulty.meets(name, times=0)


@pytest.mark.parametrize("member", ["jwk", "jku", "x5c", "x5u", "crit"])
def test_fault_19_a_true_token_brings_no_key_of_its_own_either(faulty: Faulty, member: str) -> None:
    faulty.house.mock.fault(at="id_token", header={member: "$base/keys"})
    with faulty.house.traveller() as traveller:
        assert (traveller.enter().status, faulty.asked()) == (400, ("token",))


def test_fault_19_a_rotation_costs_one_fetch(faulty: Faulty) -> None:
    faulty.warm()
    faulty.house.mock.rotate()
    faulty.warm()
    faulty.warm()
    assert len(faulty.house.mock.log("jwks")) == 2


def test_fault_19_a_rotation_under_the_same_id_costs_one_fetch(faulty: Faulty) -> None:
    faulty.warm()
    mock = faulty.house.mock
    (before, *_) = keys_of(mock)
    mock.rotate()
    renewed = {"keys": [{**key, "kid": before["kid"]} for key in keys_of(mock) if key["alg"] == before["alg"]]}
    mock.fault(at="jwks", answer={"body": json.dumps(renewed)})
    for kind in ("id_token", "userinfo_token"):
        mock.fault(at=kind, header={"kid": before["kid"]})
    asked = len(mock.log("jwks"))
    faulty.warm()
    assert len(mock.log("jwks")) == asked + 1


def test_fault_19_a_key_set_with_two_keys_of_one_id_is_asked_for_again(faulty: Faulty) -> None:
    faulty.house.mock.fault("19-duplicate-kid")
    faulty.warm()
    assert len(faulty.house.mock.log("jwks")) == 2


def keys_of(mock: MockFranceConnect) -> list[dict[str, Any]]:
    """Return the keys that are published now, that of the registered algorithm first."""
    keys: list[dict[str, Any]] = httpx2.get(f"{mock.issuer}/jwks", trust_env=False).json()["keys"]
    return sorted(keys, key=lambda key: key["alg"] != "ES256")


def test_fault_19_a_key_that_nobody_knows_costs_one_fetch(faulty: Faulty) -> None:
    faulty.warm()
    faulty.meets("19-kid-unknown")
    assert len(faulty.house.mock.log("jwks")) == 2


@pytest.mark.parametrize("name", named(20))
def test_fault_20_with_keys_at_hand_a_bad_key_set_changes_nothing(faulty: Faulty, name: str) -> None:
    faulty.cooled()
    faulty.meets(name)
    assert len(faulty.house.mock.log("jwks")) == 2, "they were asked for, and not again at once"


def test_fault_20_without_keys_a_bad_key_set_signs_nobody_in(cold: Federated) -> None:
    for name in named(20):
        cold.mock.fault(name)
        with cold.traveller() as traveller:
            assert (traveller.enter().status, name) == (400, name)
        cold.jump(6 * SECOND)
    assert len(cold.mock.log("jwks")) == len(named(20))
    with cold.traveller() as traveller:
        assert traveller.enter().status == 403, "the first good set is used: nobody is linked, all else is right"
    assert len(cold.mock.log("userinfo")) == 1


def test_fault_21_a_storm_of_unknown_keys_costs_one_fetch_a_minute(faulty: Faulty) -> None:
    faulty.warm()
    for minute in (1, 2):
        for _ in range(6):
            faulty.meets("21-random-kid")
        assert len(faulty.house.mock.log("jwks")) == 1 + minute
        faulty.house.jump(MINUTE)


@pytest.mark.parametrize("name", named(22))
def test_fault_22_a_level_that_is_lower_or_unknown_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(23))
def test_fault_23_a_sub_that_cannot_be_one_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize("name", named(24))
def test_fault_24_another_issuer_says_nothing_of_its_subs(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


def test_fault_24_the_same_sub_of_another_issuer_is_another_person(faulty: Faulty) -> None:
    with faulty.unlinked() as kept:
        elsewhere = Link(new_id(), kept.account_id, "https://elsewhere.example/api/v2", kept.sub, kept.acr, 0)
        faulty.replace_link(kept.account_id, elsewhere.issuer, elsewhere)
        with faulty.house.traveller() as traveller:
            assert (traveller.enter().status, "idp_session" in traveller.browser.client.cookies) == (403, False)
        faulty.replace_link(kept.account_id, elsewhere.issuer, None)


@pytest.mark.parametrize("name", named(25))
def test_fault_25_a_token_of_another_shape_is_refused(faulty: Faulty, name: str) -> None:
    faulty.meets(name)


@pytest.mark.parametrize(
    "members",
    [{"kid": []}, {"kid": "his"}, {"enc": []}, {"enc": "A128GCM"}, {"alg": "dir"}, {"epk": NO_CURVE}, {"zip": "DEF"}],
    ids=str,
)
def test_fault_25_an_encryption_that_was_not_agreed_is_refused(members: dict[str, Any]) -> None:
    """FranceConnect+ encrypts; its mock does so truly, always."""
    key = ECKey.generate_key("P-256")
    sealed = jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM", "kid": "ours"}, b"e30", key)
    assert decrypted(sealed, {"ours": key}) == "e30"
    header, _, rest = sealed.partition(".")
    told = {**json.loads(urlsafe_b64decode(header.encode())), **members}
    with pytest.raises(Distrusted):
        decrypted(f"{urlsafe_b64encode(json.dumps(told).encode()).decode()}.{rest}", {"ours": key})
