"""The faults that wait for their moment: what may be asked for, and whose turn it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

Fault = Mapping[str, Any]

ANSWER: Final = frozenset({"answer", "wire", "text", "headers"})
TOKEN: Final = frozenset({"claims", "nulls", "shift", "header", "sign", "shape"})
POINTS: Final[Mapping[str, frozenset[str]]] = {
    "discovery": ANSWER | {"members"},
    "jwks": ANSWER | {"keys"},
    "authorize": ANSWER,
    "citizen": frozenset({"key"}),
    "callback": frozenset({"params"}),
    "token": ANSWER | {"body"},
    "id_token": TOKEN,
    "userinfo": ANSWER,
    "userinfo_token": TOKEN,
    "logout": ANSWER,
    "logout_return": frozenset({"params"}),
    "revocation": ANSWER,
}
"""Where something can go wrong, and what can."""
WIRE: Final = ("hang", "drip", "close", "reset", "truncate", "gzip_bomb", "huge")
SIGN: Final = (
    "none", "hs256_secret", "hs256_public", "rs256", "other_key", "embedded",
    "der", "zero", "broken", "other_signature",
)  # fmt: skip
SHAPE: Final = ("jwe", "nested", "five_parts", "padded", "whitespace", "swap", "json")
KEYS: Final = ("garbage", "private", "off_curve", "use_enc", "duplicate_kid", "two_candidates", "empty", "huge")
_CHOICES: Final = {"wire": WIRE, "sign": SIGN, "shape": SHAPE, "keys": KEYS}
_OBJECTS: Final = ("answer", "headers", "text", "members", "body", "params", "claims", "shift", "header")


class Unknown(Exception):
    """Somebody asked for a fault that does not exist. `str()` says what does."""


@dataclass(slots=True)
class _Waiting:
    fault: Fault
    left: int | None


class Faults:
    """Faults in the order in which they were asked for; each is taken at its own point."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    def add(self, fault: Fault, times: int = 1) -> None:
        """Let `fault` happen the next `times` times, 0 being for ever. Raises `Unknown`."""
        _check(fault)
        self._waiting.append(_Waiting(fault, times or None))

    def take(self, point: str) -> Fault | None:
        """The fault whose turn it is at `point`, one use of it spent."""
        for waiting in self._waiting:
            if waiting.fault["at"] == point:
                if waiting.left is not None:
                    waiting.left -= 1
                    if waiting.left == 0:
                        self._waiting.remove(waiting)
                return waiting.fault
        return None


def _check(fault: Fault) -> None:
    point = fault.get("at")
    if not isinstance(point, str) or point not in POINTS:
        raise Unknown(f"`at` is one of {', '.join(POINTS)}")
    members = set(fault) - {"at"}
    if not members or not members <= POINTS[point]:
        raise Unknown(f"at {point}, a fault has one or more of {', '.join(sorted(POINTS[point]))}")
    for name, choices in _CHOICES.items():
        if name in fault and fault[name] not in choices:
            raise Unknown(f"`{name}` is one of {', '.join(choices)}")
    wrong = [name for name in _OBJECTS if not isinstance(fault.get(name, {}), dict)]
    if wrong:
        raise Unknown(f"{', '.join(wrong)}: an object is needed")
