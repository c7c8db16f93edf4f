"""One contract for every registry: the imported tables, and the fund's own over HTTP against a real server."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import anyio
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, RSAKey

from idp.adapters import registry_http
from idp.adapters.registry_credentials import Credentials, read_credentials
from idp.adapters.registry_http import HttpRegistry, MemberReference
from idp.kernel.clock import paris_date
from idp.kernel.errors import ConnectionHeld, OperatorError
from idp.kernel.holding import holding
from idp.kernel.ids import new_id
from idp.kernel.vault import Pepper, Vault
from idp.members.nir import Nir
from idp.members.proof import Verdict
from idp.members.question import Question, window
from idp.members.records import AmountRecord, Records
from idp.members.registry import Payment, Registry, RegistryUnavailable
from idp.outbound.client import Outbound
from idp.storage.database import Database
from idp.storage.members import SqlMembers
from idp.storage.members_import import import_members
from idp.storage.registry import ImportedRegistry
from tests.storage.test_members_import import RECORD
from tests.support.certificates import Authority
from tests.support.clock import FakeClock
from tests.support.registry import MODES, OPENAPI, FundMember, Paid, RegistryServer, registry_server

T = TypeVar("T")

COMMON = 2
"""More members than this make an amount common."""

ISSUER = "https://compte.caisse.example"
ATTEMPT = "attempt-0123456789abcdef"
SERIAL, OTHER_SERIAL = "12345678901", "12345678902"
CARDS = (Question.VITALE_FRONT, Question.VITALE_BACK)


def made_up(today: date) -> dict[str, FundMember]:
    """The members every registry knows here, by a name of this test."""
    first, last = window(Question.PAYMENT, today)
    early, late = window(Question.INVOICE, today)
    day = timedelta(days=1)
    shared: Paid = (last, "Prime", 10000)
    return {
        "card": FundMember("2530749588157", "A-1", serial=SERIAL),
        "paid": FundMember(
            "1851178006084",
            "A-2",
            payments=(
                (last, "Allocation", 12345),
                (last, "Allocation", 20000),
                (last, "Aide", 777),
                (first, "Allocation", 5),
                (first - day, "Allocation", 31415),
                shared,
            ),
        ),
        "farmer": FundMember(
            "188052A004123",
            None,
            invoices=((late, "Appel", 142390), (early, "Appel", 36055), (early - day, "Appel", 99040)),
        ),
        "shares": FundMember("1811178006084", "A-4", payments=(shared,)),
        "shares too": FundMember("1821178006084", "A-5", payments=(shared, (last, "Retraite", 4444))),
        "old": FundMember("1831178006084", "A-6", payments=((first - day, "Allocation", 12345),)),
        "left": FundMember("1841178006084", "A-7", serial=SERIAL, payments=((last, "Retraite", 5555),), left=True),
        "nothing": FundMember("1861178006084", "A-8"),
    }


@dataclass
class Fund:
    """A registry, and how to name the members to it."""

    registry: Registry
    ids: dict[str, str]

    def verify(self, who: str, question: Question, answer: str, attempt: str | None = None) -> Verdict:
        return do(self.registry.verify, self.ids.get(who, "nobody"), question, answer, attempt or new_id())

    def can_ask(self, who: str, question: Question) -> bool:
        return do(self.registry.can_ask, self.ids.get(who, "nobody"), question)

    def payments(self, who: str, since: date) -> tuple[Payment, ...]:
        return do(self.registry.latest_payments, self.ids.get(who, "nobody"), since)


def do(asked: Callable[..., Awaitable[T]], *given: Any) -> T:
    return anyio.run(partial(asked, *given))


class Contract:
    """What every registry does."""

    @pytest.fixture
    def fund(self) -> Fund:
        raise NotImplementedError

    @pytest.fixture
    def today(self, clock: FakeClock) -> date:
        return paris_date(clock.now())

    @pytest.mark.parametrize("question", CARDS)
    @pytest.mark.parametrize(
        ("who", "serial", "verdict"),
        [
            ("card", SERIAL, Verdict.RIGHT),
            ("card", OTHER_SERIAL, Verdict.WRONG),
            ("nothing", SERIAL, Verdict.NO_QUESTION),
            ("nobody", SERIAL, Verdict.NO_QUESTION),
            ("left", SERIAL, Verdict.LEFT),
            ("left", OTHER_SERIAL, Verdict.LEFT),
        ],
    )
    def test_a_serial_is_judged(self, fund: Fund, question: Question, who: str, serial: str, verdict: Verdict) -> None:
        assert fund.verify(who, question, serial) is verdict

    @pytest.mark.parametrize(
        ("who", "question", "amount", "verdict"),
        [
            ("paid", Question.PAYMENT, "123.45", Verdict.RIGHT),
            ("paid", Question.PAYMENT, "0.05", Verdict.RIGHT),
            ("paid", Question.PAYMENT, "123.46", Verdict.WRONG),
            ("paid", Question.PAYMENT, "314.15", Verdict.WRONG),
            ("paid", Question.PAYMENT, "100.00", Verdict.COMMON),
            ("paid", Question.INVOICE, "123.45", Verdict.NO_QUESTION),
            ("shares too", Question.PAYMENT, "44.44", Verdict.RIGHT),
            ("shares", Question.PAYMENT, "44.44", Verdict.NO_QUESTION),
            ("shares", Question.PAYMENT, "100.00", Verdict.COMMON),
            ("farmer", Question.INVOICE, "1423.90", Verdict.RIGHT),
            ("farmer", Question.INVOICE, "360.55", Verdict.RIGHT),
            ("farmer", Question.INVOICE, "990.40", Verdict.WRONG),
            ("farmer", Question.INVOICE, "1.00", Verdict.WRONG),
            ("farmer", Question.INVOICE, "100.00", Verdict.WRONG),
            ("farmer", Question.PAYMENT, "100.00", Verdict.COMMON),
            ("old", Question.PAYMENT, "123.45", Verdict.NO_QUESTION),
            ("nothing", Question.PAYMENT, "123.45", Verdict.NO_QUESTION),
            ("left", Question.PAYMENT, "55.55", Verdict.LEFT),
            ("nobody", Question.PAYMENT, "123.45", Verdict.NO_QUESTION),
            ("nobody", Question.PAYMENT, "100.00", Verdict.COMMON),
        ],
    )
    def test_an_amount_is_judged_within_its_window_and_a_common_one_proves_nothing(
        self, fund: Fund, who: str, question: Question, amount: str, verdict: Verdict
    ) -> None:
        assert fund.verify(who, question, amount) is verdict

    @pytest.mark.parametrize(
        ("who", "questions"),
        [
            ("card", {*CARDS}),
            ("paid", {Question.PAYMENT}),
            ("farmer", {Question.INVOICE}),
            ("shares", set()),
            ("shares too", {Question.PAYMENT}),
            ("old", set()),
            ("left", set()),
            ("nothing", set()),
            ("nobody", set()),
        ],
    )
    def test_what_can_be_asked_is_what_can_be_judged(self, fund: Fund, who: str, questions: set[Question]) -> None:
        assert {question for question in Question if fund.can_ask(who, question)} == questions

    def test_payments_come_newest_first_and_none_before_the_day(self, fund: Fund, today: date) -> None:
        first, last = window(Question.PAYMENT, today)
        late = (
            Payment(last, "Aide", 777),
            Payment(last, "Allocation", 20000),
            Payment(last, "Allocation", 12345),
            Payment(last, "Prime", 10000),
        )
        assert fund.payments("paid", first + timedelta(days=1)) == late
        assert fund.payments("paid", first) == (*late, Payment(first, "Allocation", 5))
        assert fund.payments("nothing", first) == ()
        assert fund.payments("nobody", first) == ()

    def test_the_same_attempt_gives_the_same_verdict(self, fund: Fund) -> None:
        given = ("card", Question.VITALE_FRONT, OTHER_SERIAL, ATTEMPT)
        assert [fund.verify(*given) for _ in range(2)] == [Verdict.WRONG] * 2

    def test_nothing_is_asked_while_a_database_connection_is_held(self, fund: Fund) -> None:
        with holding(), pytest.raises(ConnectionHeld):
            fund.verify("card", Question.VITALE_FRONT, SERIAL)


class TestImportedTables(Contract):
    """The registry over the files the fund sent."""

    @pytest.fixture
    def fund(self, database: Database, pepper: Pepper, vault: Vault, clock: FakeClock, today: date) -> Fund:
        known = made_up(today)
        import_members(database, pepper, vault, clock, records_of(known.values()))
        with database.begin(write=False) as connection:
            store = SqlMembers(connection, pepper, vault, clock)
            found = {name: store.find_by_nir(Nir(member.nir)) for name, member in known.items()}
        staying = [member for member in known.values() if not member.left]
        import_members(database, pepper, vault, clock, records_of(staying), full=True)
        ids = {name: member.id for name, member in found.items() if member is not None}
        return Fund(ImportedRegistry(database, pepper, clock, at_once, COMMON), ids)


async def at_once(work: Callable[[], T]) -> T:
    return work()


def records_of(known: Any) -> Records:
    """Return the fund's files as the import reads them."""

    def amounts(member: FundMember, rows: tuple[Paid, ...]) -> Iterator[AmountRecord]:
        for day, label, cents in rows:
            yield AmountRecord(2, Nir(member.nir), day.isoformat(), cents, label, 0)

    return Records(
        tuple(
            replace(RECORD, line=2 + n, nir=Nir(m.nir), ref=m.ref, vitale_serial=m.serial) for n, m in enumerate(known)
        ),
        tuple(record for member in known for record in amounts(member, member.payments)),
        tuple(record for member in known for record in amounts(member, member.invoices)),
        (),
    )


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return write(tmp_path / "bearer.pem", ec.generate_private_key(ec.SECP256R1()))


def write(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> Path:
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def public(path: Path) -> ECKey | RSAKey:
    own = read_credentials("https://registre.example", ISSUER, path).bearer
    assert own is not None
    return type(own.key).import_key(own.key.as_dict(private=False))


@pytest.fixture
def server(clock: FakeClock, key: Path) -> Iterator[RegistryServer]:
    known = tuple(made_up(paris_date(clock.now())).values())
    gone = FundMember("1871178006084", "A-9", serial=SERIAL, payments=known[1].payments[:1], deceased=True)
    with registry_server((*known, gone), clock, common=COMMON, bearer=(public(key), ISSUER)) as running:
        yield running


def fund_of(server: RegistryServer, clock: FakeClock, credentials: Credentials) -> Fund:
    ids = {name: new_id() for name in (*made_up(paris_date(clock.now())), "deceased")}
    members = dict(zip(ids.values(), server.members, strict=True))

    async def reference_of(member_id: str) -> MemberReference | None:
        member = members.get(member_id)
        return None if member is None else MemberReference(member.ref, member.nir)

    outbound = Outbound(allow_private=False, trusted=frozenset({server.url}))
    return Fund(HttpRegistry(outbound, server.url, credentials, reference_of, clock), ids)


@pytest.fixture
def fund(server: RegistryServer, clock: FakeClock, key: Path) -> Fund:
    return fund_of(server, clock, read_credentials(server.url, ISSUER, key))


class TestHttp(Contract):
    """The fund's own registry, every request and answer held against the OpenAPI file by the server."""

    @pytest.fixture
    def fund(self, server: RegistryServer, clock: FakeClock, key: Path) -> Fund:
        return fund_of(server, clock, read_credentials(server.url, ISSUER, key))


@pytest.mark.parametrize(("question", "answer"), [(Question.VITALE_FRONT, SERIAL), (Question.PAYMENT, "123.45")])
def test_only_the_fund_s_own_registry_knows_who_died(fund: Fund, question: Question, answer: str) -> None:
    assert fund.verify("deceased", question, answer) is Verdict.DECEASED
    assert not fund.can_ask("deceased", question)


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(registry_http, "SECONDS", 0.4)
    return 3.0


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in ("ok", "lost")])
def test_whatever_the_registry_does_instead_is_no_verdict_and_takes_no_longer_than_allowed(
    fund: Fund, server: RegistryServer, brief: float, mode: str
) -> None:
    server.mode = mode
    begun = time.monotonic()
    for asked in (
        lambda: fund.verify("card", Question.VITALE_FRONT, SERIAL),
        lambda: fund.can_ask("card", Question.VITALE_FRONT),
        lambda: fund.payments("card", date(2026, 1, 1)),
        lambda: fund.verify("nobody", Question.VITALE_FRONT, SERIAL),
    ):
        with pytest.raises(RegistryUnavailable) as told:
            asked()
        assert SERIAL not in str(told.value)
        assert "maybe" not in str(told.value)
    assert time.monotonic() - begun < brief
    assert server.attempts == []
    server.mode = "ok"
    assert fund.verify("card", Question.VITALE_FRONT, SERIAL) is Verdict.RIGHT


def test_a_registry_that_is_away_gives_no_verdict_until_it_is_back(fund: Fund, server: RegistryServer) -> None:
    server.stop()
    with pytest.raises(RegistryUnavailable):
        fund.verify("card", Question.VITALE_FRONT, SERIAL, ATTEMPT)
    server.start()
    assert fund.verify("card", Question.VITALE_FRONT, SERIAL, ATTEMPT) is Verdict.RIGHT
    assert server.attempts == [(ATTEMPT, "right")]


def test_an_answer_lost_on_its_way_is_asked_for_again_under_the_same_key_and_judged_once(
    fund: Fund, server: RegistryServer
) -> None:
    server.mode = "lost"
    assert fund.verify("card", Question.VITALE_FRONT, OTHER_SERIAL, ATTEMPT) is Verdict.WRONG
    assert [seen.headers["idempotency-key"] for seen in server.seen] == [ATTEMPT] * 2
    assert server.seen[0].body == server.seen[1].body
    assert server.attempts == [(ATTEMPT, "wrong")]


@pytest.mark.parametrize(("mode", "times"), [("close", 2), ("half", 1), ("error", 1), ("garbage", 1), ("hang", 1)])
def test_only_where_no_answer_began_is_it_asked_a_second_time(
    fund: Fund, server: RegistryServer, brief: float, mode: str, times: int
) -> None:
    server.mode = mode
    with pytest.raises(RegistryUnavailable):
        fund.verify("card", Question.VITALE_FRONT, SERIAL)
    assert len(server.seen) == times


@pytest.mark.parametrize(
    "payment",
    [
        {"paid_on": "2026-02-30", "label": "Aide", "amount": "1.00"},
        {"paid_on": "20260201", "label": "Aide", "amount": "1.00"},
        {"paid_on": "2025-12-31", "label": "Aide", "amount": "1.00"},
        {"paid_on": "2026-02-01", "label": " ", "amount": "1.00"},
        {"paid_on": "2026-02-01", "label": "Aide\n", "amount": "1.00"},
        {"paid_on": "2026-02-01", "label": "x" * 201, "amount": "1.00"},
        {"paid_on": "2026-02-01", "label": "Aide", "amount": 1.5},
        {"paid_on": "2026-02-01", "label": "Aide", "amount": "1.5"},
        {"paid_on": "2026-02-01", "label": "Aide", "amount": "-1.50"},
        {"paid_on": "2026-02-01", "label": "Aide", "amount": "0.00"},
        {"paid_on": "2026-02-01", "label": "Aide", "amount": "1234567890.00"},
        {"paid_on": "2026-02-01", "label": "Aide"},
        "Aide",
        None,
    ],
)
def test_one_payment_that_cannot_be_read_makes_the_list_no_answer(
    fund: Fund, server: RegistryServer, monkeypatch: pytest.MonkeyPatch, payment: object
) -> None:
    fine = {"paid_on": "2026-01-01", "label": "Aide", "amount": "1.50"}
    answer(server, monkeypatch, {"payments": [fine]})
    assert fund.payments("card", date(2026, 1, 1)) == (Payment(date(2026, 1, 1), "Aide", 150),)
    answer(server, monkeypatch, {"payments": [fine, payment]})
    with pytest.raises(RegistryUnavailable):
        fund.payments("card", date(2026, 1, 1))


def test_two_hundred_payments_of_the_longest_labels_are_read_and_one_more_is_too_many(
    fund: Fund, server: RegistryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = {"paid_on": "2026-01-01", "label": "\U0001f33e" * 200, "amount": "123456789.00"}
    answer(server, monkeypatch, {"payments": [one] * 200})
    assert len(fund.payments("card", date(2026, 1, 1))) == 200
    answer(server, monkeypatch, {"payments": [{**one, "label": "Aide"}] * 201})
    with pytest.raises(RegistryUnavailable):
        fund.payments("card", date(2026, 1, 1))


def test_a_registry_that_knows_a_reference_nobody_has_proves_nothing(
    fund: Fund, server: RegistryServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid = {"paid_on": "2026-01-01", "label": "Aide", "amount": "1.50"}
    answer(server, monkeypatch, {"possible": True, "verdict": "right", "payments": [paid]})
    assert not fund.can_ask("nobody", Question.PAYMENT)
    assert fund.verify("nobody", Question.PAYMENT, "1.50") is Verdict.NO_QUESTION
    assert fund.payments("nobody", date(2026, 1, 1)) == ()


def answer(server: RegistryServer, monkeypatch: pytest.MonkeyPatch, told: dict[str, object]) -> None:
    """Have the server answer this to everything."""
    monkeypatch.setitem(MODES, "told", lambda _, handler, __: handler.say(200, json.dumps(told).encode()))
    server.mode = "told"


def test_the_nir_goes_out_only_in_a_body_and_only_without_a_reference(fund: Fund, server: RegistryServer) -> None:
    for who in ("card", "farmer", "nobody"):
        fund.can_ask(who, Question.INVOICE)
        fund.verify(who, Question.INVOICE, "1.00")
        fund.payments(who, date(2026, 1, 1))
    named = [json.loads(seen.body)["member"] for seen in server.seen]
    assert named[:6] == [{"ref": "A-1"}] * 3 + [{"nir": "188052A004123"}] * 3
    # A stranger is asked about under references that nobody has, each once.
    assert len({member["ref"] for member in named[6:]}) == 3
    for seen in server.seen:
        assert not re.search(r"188052A004123|A-1", seen.path + str(seen.headers))
    assert "188052A004123" not in repr(MemberReference(None, "188052A004123"))


def test_each_request_has_a_token_of_its_own(fund: Fund, server: RegistryServer) -> None:
    for _ in range(3):
        fund.can_ask("card", Question.VITALE_FRONT)
    assert len({seen.headers["authorization"] for seen in server.seen}) == 3


def test_an_rsa_key_signs_too(clock: FakeClock, tmp_path: Path) -> None:
    key = write(tmp_path / "rsa.pem", rsa.generate_private_key(65537, 2048))
    known = tuple(made_up(paris_date(clock.now())).values())
    nobody = FundMember("1871178006084")
    with registry_server((*known, nobody), clock, bearer=(public(key), ISSUER)) as server:
        assert fund_of(server, clock, read_credentials(server.url, ISSUER, key)).can_ask("card", CARDS[0])


def test_a_token_of_another_key_is_no_verdict(server: RegistryServer, clock: FakeClock, tmp_path: Path) -> None:
    other = write(tmp_path / "other.pem", ec.generate_private_key(ec.SECP256R1()))
    fund = fund_of(server, clock, read_credentials(server.url, ISSUER, other))
    with pytest.raises(RegistryUnavailable, match="401"):
        fund.can_ask("card", CARDS[0])


class TestMutualTls:
    """A registry that knows us by a certificate."""

    @pytest.fixture
    def authority(self, tmp_path: Path) -> Authority:
        return Authority(tmp_path)

    @pytest.fixture
    def secured(self, clock: FakeClock, authority: Authority) -> Iterator[RegistryServer]:
        members = (*made_up(paris_date(clock.now())).values(), FundMember("1871178006084"))
        tls = authority.server("127.0.0.1", clients=authority.file)
        with registry_server(members, clock, common=COMMON, tls=tls) as running:
            yield running

    def test_both_sides_prove_themselves(self, secured: RegistryServer, clock: FakeClock, authority: Authority) -> None:
        certificate, key = authority.sign("provider")
        credentials = read_credentials(secured.url, ISSUER, key, certificate, authority.file)
        fund = fund_of(secured, clock, credentials)
        assert fund.verify("card", CARDS[0], SERIAL) is Verdict.RIGHT
        assert "authorization" not in secured.seen[0].headers

    @pytest.mark.parametrize("fault", ["no certificate", "certificate of another", "unknown server"])
    def test_without_proof_of_either_side_nothing_is_said(
        self,
        secured: RegistryServer,
        clock: FakeClock,
        authority: Authority,
        key: Path,
        tmp_path: Path,
        brief: float,
        fault: str,
    ) -> None:
        (tmp_path / "other").mkdir()
        other, own = Authority(tmp_path / "other", "other").sign("provider"), authority.sign("provider")
        credentials = {
            "no certificate": lambda: read_credentials(secured.url, ISSUER, key, authorities=authority.file),
            "certificate of another": lambda: read_credentials(secured.url, ISSUER, other[1], other[0], authority.file),
            "unknown server": lambda: read_credentials(secured.url, ISSUER, own[1], own[0]),
        }[fault]()
        with pytest.raises(RegistryUnavailable):
            fund_of(secured, clock, credentials).verify("card", CARDS[0], SERIAL)
        assert secured.seen == []


@pytest.mark.parametrize(
    ("url", "given", "told"),
    [
        ("registre.example", {}, "URL"),
        ("https://user:SECRET@registre.example", {}, "URL"),
        ("https://registre.example/?a=b", {}, "question mark"),
        ("http://127.0.0.1:9", {"certificate": "certificate"}, "https"),
        ("https://registre.example", {"key": "absent"}, "cannot be read"),
        ("https://registre.example", {"key": "open"}, "chmod 600"),
        ("https://registre.example", {"key": "garbage"}, "no private key"),
        ("https://registre.example", {"key": "p384"}, "P-256"),
        ("https://registre.example", {"key": "locked"}, "pass phrase"),
        ("https://registre.example", {"key": "locked", "certificate": "certificate"}, "certificate and its key"),
        ("https://registre.example", {"certificate": "certificate"}, "certificate and its key"),
        ("https://registre.example", {"certificate": "absent"}, "certificate and its key"),
        ("https://registre.example", {"authorities": "absent"}, "no certificates"),
        ("https://registre.example", {"authorities": "garbage"}, "no certificates"),
    ],
)
def test_credentials_that_cannot_work_are_told_at_the_start(
    tmp_path: Path, key: Path, url: str, given: dict[str, str], told: str
) -> None:
    files = {name: tmp_path / name for name in ("absent", "garbage", "open", "p384", "locked")}
    files["certificate"], _ = Authority(tmp_path).sign("provider")
    for name in ("garbage", "open"):
        files[name].touch(mode=0o600 if name == "garbage" else 0o644)
        files[name].write_text("garbage")
    write(files["p384"], ec.generate_private_key(ec.SECP384R1()))
    files["locked"].touch(mode=0o600)
    locked = BestAvailableEncryption(b"pass phrase")
    files["locked"].write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked)
    )
    chosen = {"key": key, **{what: files[name] for what, name in given.items()}}
    with pytest.raises(OperatorError, match=told) as error:
        read_credentials(url, ISSUER, **chosen)
    assert "SECRET" not in str(error.value)


def test_the_openapi_file_holds_together() -> None:
    # YAML reads an unquoted yes, 200 or date as something else than text.
    assert {type(name) for node in OPENAPI.nodes() for name in node} == {str}
    references = [node for node in OPENAPI.nodes() if "$ref" in node]
    assert references
    for node in references:
        OPENAPI.resolve(node)
    assert OPENAPI.document["openapi"].startswith("3.1.")
    names = [OPENAPI.operation(path)["operationId"] for path in OPENAPI.document["paths"]]
    assert len(set(names)) == len(names)
    for path in OPENAPI.document["paths"]:
        for media in (OPENAPI.asked(path), OPENAPI.answered(path)):
            assert media["examples"]
            for example in media["examples"].values():
                assert OPENAPI.faults(media["schema"], example["value"]) == []


def test_the_openapi_file_names_what_the_code_knows() -> None:
    schemas = OPENAPI.document["components"]["schemas"]
    assert schemas["Question"]["enum"] == list(Question)
    assert set(schemas["Judged"]["properties"]["verdict"]["enum"]) == set(Verdict)
    key = OPENAPI.document["components"]["parameters"]["IdempotencyKey"]["schema"]
    assert OPENAPI.faults(key, new_id()) == []
