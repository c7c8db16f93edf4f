"""One request as the mock reads it, writes it down, and answers it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request

SESSION_COOKIE: Final = "mock_fc_session"
"""Ports of localhost share cookies: this name is the mock's own."""
MOST_BYTES: Final = 64 * 1024

Pairs = tuple[tuple[str, str], ...]


class TooLong(Exception):
    """A body larger than any form of this protocol."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came in. `query` and `form` keep order and repetitions; `uid` is what the path names."""

    endpoint: str
    method: str
    path: str
    query: Pairs
    form: Pairs
    authorization: str | None
    session: str
    uid: str = ""

    @property
    def pairs(self) -> Pairs:
        """The parameters, wherever this method puts them."""
        return self.form if self.method == "POST" else self.query

    @property
    def once(self) -> dict[str, str] | None:
        """The parameters by name, None when one is there twice."""
        if any(count > 1 for count in Counter(name for name, _ in self.pairs).values()):
            return None
        return dict(self.pairs)

    def plain(self) -> dict[str, Any]:
        """For the log that tests read."""
        return {
            "endpoint": self.endpoint,
            "method": self.method,
            "path": self.path,
            "query": [list(pair) for pair in self.query],
            "form": [list(pair) for pair in self.form],
            "authorization": self.authorization,
        }


async def read(request: Request, endpoint: str) -> Asked:
    """Read a whole request. Raises `TooLong`."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise TooLong
    form = request.headers.get("content-type", "").partition(";")[0].strip() == "application/x-www-form-urlencoded"
    return Asked(
        endpoint=endpoint,
        method=request.method,
        path=request.url.path,
        query=tuple(parse_qsl(request.url.query, keep_blank_values=True)),
        form=tuple(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)) if form else (),
        authorization=request.headers.get("authorization"),
        session=request.cookies.get(SESSION_COOKIE, ""),
        uid=request.path_params.get("uid", ""),
    )
