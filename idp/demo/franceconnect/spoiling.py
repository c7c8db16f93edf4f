"""Answers that go wrong on request, above the wire."""

import base64
import json
from typing import Any

from starlette.responses import Response

from idp.demo.franceconnect.compact import b64, unb64
from idp.demo.franceconnect.faults import Fault
from idp.demo.franceconnect.keys import Keys
from idp.demo.franceconnect.state import Mock
from idp.demo.franceconnect.wire import Misbehaving


def spoil(mock: Mock, true: Response, fault: Fault) -> Response:
    """What goes out instead of the `true` answer."""
    body, status = bytes(true.body), true.status_code
    headers = dict(true.headers)
    if "keys" in fault:
        body = json.dumps(_keys(mock.keys, fault["keys"])).encode()
    for members in (fault.get("members"), fault.get("body")):
        if members is not None:
            body = _edited(body, members)
    if "text" in fault:
        body = _rewritten(body.decode(), fault["text"]).encode()
    if "answer" in fault:
        told = fault["answer"]
        body = base64.b64decode(told["body_base64"]) if "body_base64" in told else str(told.get("body", "")).encode()
        status = told.get("status", 200)
        headers = {"cache-control": "no-store", "content-type": "text/plain; charset=utf-8"}
        headers |= {name.lower(): value for name, value in told.get("headers", {}).items()}
    headers |= {name.lower(): value for name, value in fault.get("headers", {}).items()}
    headers["content-length"] = str(len(body))
    answer = Response(body, status, headers)
    return Misbehaving(answer, fault["wire"]) if "wire" in fault else answer


def _edited(body: bytes, members: dict[str, Any]) -> bytes:
    """A JSON object with members set, or removed where null."""
    whole = {**json.loads(body), **members}
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def _rewritten(text: str, how: dict[str, Any]) -> str:
    """The text with `replace` [old, new] done once, then only its first `keep` characters."""
    if "replace" in how:
        old, new = how["replace"]
        text = text.replace(old, new, 1)
    return text[: how["keep"]] if "keep" in how else text


def _keys(keys: Keys, kind: str) -> Any:
    """A key set that a client must not trust, or must see through."""
    true = keys.jwks()
    stray = {**keys.stray.as_dict(private=False), "alg": "ES256", "use": "sig"}
    wrong: dict[str, Any] = {
        "garbage": {"keys": "garbage"},
        "private": {"keys": keys.jwks(private=True)},
        "off_curve": {"keys": [_off_curve(key) for key in true]},
        "use_enc": {"keys": [{**key, "use": "enc"} for key in true]},
        "duplicate_kid": {"keys": [{**stray, "kid": keys.kids["ES256"]}, *true]},
        "two_candidates": {"keys": [{**stray, "kid": "pkcs11:ES256:second"}, *true]},
        "empty": {"keys": []},
        "huge": {"keys": [{**key, "kid": f"{key['kid']}:{number}"} for number in range(5000) for key in true]},
    }
    return wrong[kind]


def _off_curve(key: dict[str, Any]) -> dict[str, Any]:
    """An EC key whose point is none of the curve; an RSA key has no curve to leave."""
    if key["kty"] != "EC":
        return key
    y = unb64(key["y"])
    return {**key, "y": b64(y[:-1] + bytes([y[-1] ^ 1]))}
