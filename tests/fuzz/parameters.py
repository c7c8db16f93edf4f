"""The grammar of parameter sets: a request that is right (``shapes``), and changes made to it one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.fuzz.jwts import signed
from tests.fuzz.scene import FORM, Request, Scene
from tests.fuzz.shapes import JWT_BEARER, PATH, Shape, assertion
from tests.fuzz.values import ODD, as_json, encoded
from tests.fuzz.wire import Pair

PER_EXAMPLE = 20
"""Requests of one example: what Hypothesis draws costs more than what the provider answers."""
Field = tuple[str, bytes]


@dataclass(frozen=True)
class Change:
    """One thing that is different from the request that is right."""

    how: str
    name: str
    value: bytes


@dataclass(frozen=True)
class Attack:
    """One example: a request that is right, and changes that are made one by one.

    ``turn`` says where it begins to go through methods, cookies, proofs of the client and manners of writing.
    """

    turn: int
    piles_up: bool
    changes: tuple[Change, ...]


PROOFS = ("basic", "post", "public", "secret", "key", "nobody")


_PROMISING = ("redirect_uri", "post_logout_redirect_uri", "claims", "id_token_hint", "request", "client_assertion")
"""Parameters that are read by more than a comparison, or decide where a browser goes: they come more often."""


def attacks(shape: Shape) -> st.SearchStrategy[Attack]:
    """Return examples for an endpoint."""
    names = st.sampled_from(sorted({*shape.odd, *shape.good}))
    fitting = [
        st.tuples(st.just("set"), st.just(name), values)
        for name, values in shape.odd.items()
        for _ in range(4 if name in _PROMISING else 1)
    ]
    wild = st.tuples(st.sampled_from(("set", "again", "append")), names, ODD)
    without = st.tuples(st.sampled_from(("drop", "twice", "array")), names, st.just(b""))
    strange = st.tuples(st.just("named"), st.just(""), ODD)
    change = st.one_of([*fitting, wild, wild, without, strange]).map(lambda parts: Change(*parts))
    changes = st.lists(change, min_size=PER_EXAMPLE, max_size=PER_EXAMPLE).map(tuple)
    return st.builds(Attack, st.integers(0, 359), st.sampled_from((False, False, False, True)), changes)


def requests(scene: Scene, shape: Shape, attack: Attack) -> list[Request]:
    """Return the requests of an example, as many as it has changes."""
    good = [(name, value.encode()) for name, value in shape.good.items()]
    if shape.codes:
        attempt, code = scene.code()
        fresh = {"code": code.encode(), "code_verifier": attempt.verifier.encode()}
        good = [(name, fresh.get(name, value)) for name, value in good]
    found: list[Request] = []
    for turn, change in enumerate(attack.changes, attack.turn):
        proof = PROOFS[turn % 6] if shape.proves else "nobody"
        # What proves the client can be spoiled too; what piles up is the request alone.
        headers, pairs = _proved(scene, good, proof)
        found.append(_written(scene, shape, turn // 2, headers, _changed(pairs, change)))
        if attack.piles_up:
            good = _changed(good, change)[:40]
    return found


def _proved(scene: Scene, good: list[Field], proof: str) -> tuple[tuple[Pair, ...], list[Field]]:
    """Return a request with the client's proof of itself, in a header or among the parameters."""
    portals = {"post": scene.posting, "public": scene.public, "secret": scene.secret_jwt, "key": scene.key_jwt}
    portal = portals.get(proof, scene.portal)
    if proof == "nobody":
        return (), good
    pairs = [(name, value) for name, value in good if name != "client_id"]
    named = ("client_id", portal.client_id.encode())
    match proof:
        case "basic":
            return ((b"authorization", portal.basic().encode()),), pairs
        case "post":
            return (), [*pairs, named, ("client_secret", portal.secret.encode())]
        case "public":
            return (), [*pairs, named]
    algorithm = "HS256" if proof == "secret" else "ES256"
    made = signed({"alg": algorithm}, as_json(assertion(scene, proof)), portal.secret, proof)
    return (), [*pairs, named, ("client_assertion_type", JWT_BEARER.encode()), ("client_assertion", made)]


def _changed(pairs: list[Field], change: Change) -> list[Field]:
    there = next((value for name, value in pairs if name == change.name), b"")
    others = [pair for pair in pairs if pair[0] != change.name]
    match change.how:
        case "set":
            return [*others, (change.name, change.value)]
        case "again":
            return [*pairs, (change.name, change.value)]
        case "append":
            return [*others, (change.name, there + change.value)]
        case "drop":
            return others
        case "twice":
            return [*pairs, (change.name, there)]
        case "array":
            return [*others, (f"{change.name}[]", there)]
        case _:
            return [*pairs, (change.value.decode("latin-1"), change.value)]


def _written(
    scene: Scene, shape: Shape, turn: int, headers: tuple[Pair, ...], pairs: list[Field]
) -> Request:
    """Write a request; ``turn`` goes through methods, manners of escaping and cookies."""
    method = shape.methods[turn % len(shape.methods)]
    manner = turn // 2 % 3
    fields = [(name, value) for name, value in pairs if name != PATH]
    further = [b"/" + encoded(value, manner % 2) for name, value in pairs if name == PATH]
    target = scene.path(shape.endpoint) + b"".join(further)
    if shape.endpoint == "userinfo_endpoint" and method == b"GET":
        # RFC 6750 2.1: the token of a GET goes into the header.
        headers = tuple((b"authorization", b"Bearer " + bearable(value)) for name, value in fields)
        fields = []
    request = Request(
        method, target, headers, signed_in=turn // 6 % 3 > 0, values=tuple(value for _, value in fields)
    )
    if shape.json:
        body = b"{" + b",".join(as_json(name) + b":" + (value or b"null") for name, value in fields) + b"}"
        return replace(request, headers=(*headers, (b"content-type", b"application/json")), body=body)
    form = b"&".join(encoded(name.encode(), 0) + b"=" + encoded(value, manner) for name, value in fields)
    if method == b"POST":
        return replace(request, headers=(*headers, FORM), body=form)
    return replace(request, target=target + b"?" + form)


def bearable(value: bytes) -> bytes:
    """Return what can stand in a header at all."""
    return bytes(byte for byte in value if byte >= 0x20 and byte != 0x7F)[:6000]
