"""The callback's parameters, read strictly (facts 1.4, 4.2): one sent twice, or both kinds of answer, is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_STATE = re.compile(r"[0-9a-f]{64}\Z")
_CODE = re.compile(r"[!-~]{1,2048}\Z")
_ISSUER = re.compile(r"[!-~]{1,512}\Z")
_ERROR = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
_READ = ("state", "code", "iss", "error", "error_description")
ABORTED = "User auth aborted"
"""What FranceConnect says when the person turned back on its first page: nothing failed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One readable callback: a code, or an error."""

    state: str
    code: str | None
    issuer: str | None
    error: str | None
    aborted: bool


def read_answer(pairs: Sequence[tuple[str, str]]) -> Answer | None:
    """Return the answer, or None when it is none. Parameters that nobody knows are ignored (RFC 6749 4.1.2)."""
    found = {name: [value for key, value in pairs if key == name] for name in _READ}
    if any(len(values) > 1 for values in found.values()):
        return None
    told = {name: values[0] if values else None for name, values in found.items()}
    state, code, issuer, error = told["state"], told["code"], told["iss"], told["error"]
    if state is None or not _STATE.match(state) or (code is None) == (error is None):
        return None
    if code is not None and not _CODE.match(code):
        return None
    if issuer is not None and not _ISSUER.match(issuer):
        return None
    word = error if error is None or _ERROR.match(error) else "unreadable"
    return Answer(state, code, issuer, word, word == "access_denied" and told["error_description"] == ABORTED)
