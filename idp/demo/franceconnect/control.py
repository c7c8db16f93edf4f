"""The control API under `/_control/`: what a test says to the mock behind its client's back.

Only with `--control`, and only to programs on this machine: a page in a browser always tells its `Origin`.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.demo.franceconnect.catalogue import CATALOGUE
from idp.demo.franceconnect.citizens import Citizen, Civil
from idp.demo.franceconnect.clients import LOOPBACK
from idp.demo.franceconnect.faults import Unknown
from idp.demo.franceconnect.state import Mock

Command = Callable[[Mock, dict[str, Any]], dict[str, Any]]


class _Wrong(Exception):
    """What was asked makes no sense. `str()` says why."""


def control_routes(mock: Mock) -> list[Route]:
    """The routes of the control API."""
    commands: dict[str, Command] = {
        "reset": _reset, "fault": _fault, "citizen": _citizen, "civil-status": _civil_status,
        "clock": _clock, "rotate": _rotate,
    }  # fmt: skip
    return [
        *(Route(f"/_control/{name}", _post(mock, command), methods=["POST"]) for name, command in commands.items()),
        Route("/_control/log", _get(lambda request: _log(mock, request.query_params.get("endpoint")))),
        Route("/_control/faults", _get(lambda request: _faults())),  # noqa: ARG005  # asked for whole
    ]


def _post(mock: Mock, command: Command) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        if not _of_this_machine(request):
            return _stranger()
        try:
            asked = json.loads(await request.body() or b"{}")
            if not isinstance(asked, dict):
                raise _Wrong("a JSON object is needed")
            return JSONResponse(command(mock, asked))
        except (_Wrong, Unknown, ValueError) as wrong:
            return JSONResponse({"error": str(wrong)}, 400)

    return answer


def _get(look: Callable[[Request], Any]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return JSONResponse(look(request)) if _of_this_machine(request) else _stranger()

    return answer


def _stranger() -> Response:
    return JSONResponse({"error": "only programs of this machine"}, 403)


def _of_this_machine(request: Request) -> bool:
    return request.url.hostname in LOOPBACK and "origin" not in request.headers


def _reset(mock: Mock, asked: dict[str, Any]) -> dict[str, Any]:
    del asked
    mock.reset()
    return {}


def _fault(mock: Mock, asked: dict[str, Any]) -> dict[str, Any]:
    """A named fault or one put together by hand; `times` 0 lasts until the next reset."""
    times = asked.pop("times", 1)
    if not isinstance(times, int) or times < 0:
        raise _Wrong("`times` is a whole number, 0 for ever")
    faults: tuple[Any, ...] = (asked,)
    if "name" in asked:
        named = CATALOGUE.get(asked["name"])
        if named is None:
            raise _Wrong(f"no such fault; there are: {', '.join(CATALOGUE)}")
        faults = named
    for fault in faults:
        if fault.get("at") == "citizen":
            _known(mock, fault.get("key"))
        mock.faults.add(fault, times)
    return {"faults": list(faults)}


def _citizen(mock: Mock, asked: dict[str, Any]) -> dict[str, Any]:
    """Who answers without a click; null for pages again."""
    key = asked.get("key")
    mock.chosen = None if key is None else _known(mock, key).key
    return {"key": mock.chosen}


def _civil_status(mock: Mock, asked: dict[str, Any]) -> dict[str, Any]:
    """Correct what the State knows of a citizen: members of the civil status, `email`, `usage_name`."""
    citizen = _known(mock, asked.pop("key", None))
    names = asked.get("given_names", [])
    if not isinstance(names, list):
        raise _Wrong("`given_names` is a list")
    if names:
        asked["given_names"] = tuple(names)
    civil = {field.name: asked.pop(field.name) for field in fields(Civil) if field.name in asked}
    rest = {name: asked.pop(name) for name in ("email", "usage_name") if name in asked}
    if asked:
        raise _Wrong(f"a citizen has no {', '.join(asked)}")
    mock.citizens[citizen.key] = replace(citizen, civil=replace(citizen.civil, **civil), **rest)
    return {"key": citizen.key}


def _clock(mock: Mock, asked: dict[str, Any]) -> dict[str, Any]:
    """Seconds between the mock's clock and this machine's."""
    offset = asked.get("offset", 0)
    if not isinstance(offset, int | float):
        raise _Wrong("`offset` is a number of seconds")
    mock.offset = offset
    return {"now": mock.now()}


def _rotate(mock: Mock, asked: dict[str, Any]) -> dict[str, Any]:
    del asked
    mock.rotate()
    return {"kids": list(mock.keys.kids.values())}


def _log(mock: Mock, endpoint: str | None) -> list[dict[str, Any]]:
    """What was received since the start or the last reset, of one endpoint or of all."""
    return [asked.plain() for asked in mock.log if endpoint in (None, asked.endpoint)]


def _faults() -> dict[str, Any]:
    """The catalogue."""
    return {name: list(faults) for name, faults in CATALOGUE.items()}


def _known(mock: Mock, key: object) -> Citizen:
    citizen = mock.citizens.get(key) if isinstance(key, str) else None
    if citizen is None:
        raise _Wrong(f"no such citizen; there are: {', '.join(mock.citizens)}")
    return citizen
