"""Everything that one running mock remembers."""

import random
import secrets
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from idp.demo.franceconnect.asked import Asked
from idp.demo.franceconnect.citizens import Citizen, everybody
from idp.demo.franceconnect.clients import Client
from idp.demo.franceconnect.faults import Faults
from idp.demo.franceconnect.keys import Key, Keys
from idp.demo.franceconnect.level import Level

INTERACTION_S: Final = 1800
GRANT_S: Final = 30
TOKEN_S: Final = 60
MOST_LOGGED: Final = 5000
MOST_KEPT: Final = 1000


@dataclass(slots=True)
class Session:
    """One browser: who signed in there, and until when that spares a second sign-in."""

    citizen: str | None = None
    until: float = 0


@dataclass(slots=True)
class Interaction:
    """One authorization request on its way through the pages. `session` is the browser's cookie."""

    client: Client
    redirect_uri: str
    state: str
    nonce: str
    scopes: tuple[str, ...]
    acr: str
    wants_amr: bool
    until: float
    session: str = ""
    citizen: str | None = None


@dataclass(slots=True)
class Grant:
    """What a citizen let a client have. The citizen is as they were then; `encrypt_to` is the client's key, at plus."""

    client: Client
    citizen: Citizen
    redirect_uri: str
    nonce: str
    scopes: tuple[str, ...]
    acr: str
    wants_amr: bool
    auth_time: int
    until: float
    code_spent: bool = False
    access_token: str | None = None
    token_until: int = 0
    encrypt_to: Key | None = None


@dataclass(slots=True)
class Departure:
    """A logout on its way through the pages."""

    target: str | None


@dataclass(slots=True)
class Mock:
    """One running FranceConnect. All of it is in memory; `reset` makes it new."""

    issuer: str
    level: Level
    clients: dict[str, Client]
    seed: int | None = None
    control: bool = False
    keys: Keys = field(init=False)
    retired: list[Keys] = field(init=False)
    citizens: dict[str, Citizen] = field(init=False)
    faults: Faults = field(init=False)
    chosen: str | None = field(init=False)
    offset: float = field(init=False)
    log: deque[Asked] = field(init=False)
    sessions: dict[str, Session] = field(init=False)
    interactions: dict[str, Interaction] = field(init=False)
    codes: dict[str, Grant] = field(init=False)
    grants: dict[str, Grant] = field(init=False)
    departures: dict[str, Departure] = field(init=False)
    last_nonce: str = field(init=False)
    _first_keys: Keys = field(init=False)
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._first_keys = Keys(self.seed)
        self.reset()

    def reset(self) -> None:
        """Forget everything since the start, the keys' rotations too."""
        self.keys = self._first_keys
        self.retired = []
        self.citizens = everybody(datetime.now(UTC).date())
        self.faults = Faults()
        self.chosen = None
        self.offset = 0
        self.log = deque(maxlen=MOST_LOGGED)
        self.sessions = {}
        self.interactions = {}
        self.codes = {}
        self.grants = {}
        self.departures = {}
        self.last_nonce = ""
        # Codes and tokens that repeat are what a seed is asked for.
        self._chance = secrets.SystemRandom() if self.seed is None else random.Random(self.seed)  # noqa: S311

    def now(self) -> int:
        """Seconds since 1970 on the mock's own clock."""
        return int(time.time() + self.offset)

    def word(self) -> str:
        """A fresh code, token or id: 43 characters, as long as FranceConnect's."""
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        return "".join(self._chance.choices(alphabet, k=43))

    def number(self) -> int:
        """128 bits by chance, for ids that look like a UUID."""
        return self._chance.getrandbits(128)

    def salt(self) -> str:
        """The server's share of every `sub`: without a seed always the same, so that links survive a restart."""
        return f"seed {self.seed}"

    def rotate(self) -> None:
        """Make new keys. The old ones are published no more, and still recognised in a logout."""
        self.retired.append(self.keys)
        self.keys = Keys(self.seed, self.keys.generation + 1)

    def sweep(self) -> None:
        """Let go of what time has ended."""
        now = self.now()
        self.interactions = {uid: one for uid, one in self.interactions.items() if one.until > now}
        # Spent codes stay as long as their token, so that a replay can end it.
        self.codes = {code: one for code, one in self.codes.items() if one.until + TOKEN_S > now}
        self.grants = {token: one for token, one in self.grants.items() if one.token_until > now}
        for kept in (self.sessions, self.departures):
            while len(kept) > MOST_KEPT:
                del kept[next(iter(kept))]
