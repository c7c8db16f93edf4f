"""The signing keys: imported once, published until nothing they signed is left, the active one signs.

Which key does what at an instant is the ring's to tell (``kernel.keyring``). A running node reads ring and folder again
from time to time: what it sees then takes the place of what it saw before, whole.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from joserfc import jws, jwt
from joserfc.errors import JoseError

from idp.kernel.clock import Instant, seconds
from idp.kernel.errors import ShownError
from idp.kernel.keyring import JWKS_CACHE, NOTICE, SIGNED_LIFE, SIGNING, KeyFile, Phase, RingEntry, terms
from idp.kernel.log import get_logger
from idp.oidc.key_pairs import ALGORITHM_OF, Key, read_private, read_public

_PURPOSES: Final = {algorithm: purpose for purpose, algorithm in ALGORITHM_OF.items()}
_LONGEST_HINT = 8192
_HEADER: Final = frozenset({"alg", "kid", "typ"})
"""What our own headers hold; anything else (``crit``) was written by somebody else."""
_ID_TOKEN: Final = frozenset({"iss", "sub", "aud", "exp", "iat"})
"""What every ID token has (OpenID Connect Core 2)."""
_WAIT_SECONDS = 2
"""How long a request waits for a look at the ring that another one has begun."""

Look = Callable[[Instant], tuple[tuple[KeyFile, ...], tuple[RingEntry, ...]]]
"""Reads the files this node holds, and the whole ring."""


class NoSigningKey(ShownError):
    """This node holds no file of a key that may sign now: nothing is signed rather than what a portal cannot verify."""

    def __init__(self) -> None:
        super().__init__("error.busy", 503, retry_after=60)


class _Seen:
    """Files and ring as they were at one look. Never changed but for what is made of them on first use."""

    def __init__(self, files: Iterable[KeyFile], entries: tuple[RingEntry, ...], before: _Seen | None = None) -> None:
        signing = tuple(entry for entry in entries if entry.purpose in SIGNING)
        if not signing:
            raise LookupError("the key ring holds no signing key")
        self.entries = signing
        self.terms = {purpose: terms(signing, purpose) for purpose in SIGNING}
        self.algorithms = {entry.kid: ALGORITHM_OF[entry.purpose] for entry in signing}
        self.jwks = {entry.kid: json.loads(entry.public_jwk) for entry in signing if entry.public_jwk}
        self.files = {file.kid: file for file in files if file.purpose in SIGNING}
        public = before.public if before else {}
        self.public: dict[str, Key] = {
            kid: public[kid] if kid in public else read_public(jwk) for kid, jwk in self.jwks.items()
        }
        self.private: dict[str, Key] = dict(before.private) if before else {}
        self.bodies: dict[tuple[str, ...], bytes] = {}


class SigningKeys:
    """The keys of this node over the ring of all nodes. Raises ``LookupError`` when no signing key is in the ring.

    ``look`` reads files and ring again; without it they stay what they are. ``at``: when they were read.
    """

    def __init__(
        self,
        files: Iterable[KeyFile],
        entries: tuple[RingEntry, ...],
        look: Look | None = None,
        at: Instant = 0,
    ) -> None:
        self._seen = _Seen(files, entries)
        self._look = look
        self._seen_at = self._looked_at = at
        self._looking = threading.Lock()

    # --- publishing -----------------------------------------------------------------------------------------------

    def jwks_bytes(self, now: Instant) -> bytes:
        """Return the JWK set (RFC 7517): every key of the ring that is not gone, public members only."""
        seen = self._seen
        phases = {term.entry.kid: term.phase(now) for ours in seen.terms.values() for term in ours}
        kids = tuple(kid for kid in seen.jwks if phases[kid] is not Phase.GONE)
        if (body := seen.bodies.get(kids)) is None:
            keys = [seen.jwks[kid] for kid in kids]
            body = json.dumps({"keys": keys}, separators=(",", ":")).encode()
            seen.bodies = {kids: body}
        return body

    def jwks_life(self, now: Instant) -> Instant:
        """Return how long a portal may keep the set, in microseconds: less when the ring could not be read for a while,
        because a key that was entered meanwhile will sign as soon as everybody else has fetched it."""
        if self._look is None:
            return JWKS_CACHE
        return max(0, min(JWKS_CACHE, self._seen_at + NOTICE + JWKS_CACHE - now))

    # --- signing --------------------------------------------------------------------------------------------------

    def sign(self, claims: Mapping[str, Any], algorithm: str, now: Instant, *, typ: str | None = None) -> str:
        """Return a JWT signed by the key active at ``now``, or by a stand-in where this node lacks its file.

        ``typ`` is the media type in the header (RFC 8725 3.11); an ID token has none of its own. Raises
        ``NoSigningKey`` when this node holds no key that may sign, ``ValueError`` for a token that would outlive the
        time its key is published.
        """
        if claims.get("exp", 0) > seconds(now + SIGNED_LIFE):
            raise ValueError("a token that outlives SIGNED_LIFE could outlive its key")
        seen = self._seen
        for term in seen.terms[_PURPOSES[algorithm]]:
            kid = term.entry.kid
            if kid in seen.files and term.may_sign(now):
                header = {"alg": algorithm, "kid": kid} | ({"typ": typ} if typ else {})
                return jwt.encode(header, dict(claims), _private_key(seen, kid), [algorithm])
        get_logger().error("keys.cannot_sign", algorithm=algorithm)
        raise NoSigningKey

    # --- recognising ----------------------------------------------------------------------------------------------

    def verify_own(self, token: str, *, typ: str | None = None) -> dict[str, Any] | None:
        """Return the claims of a JWT we signed, however old and by whichever key of the ring, or None.

        Without ``typ`` it must be an ID token: what a hint is (OpenID Connect RP-Initiated Logout 2). One kind of our
        tokens never passes for another (RFC 8725 3.11, 3.12).
        """
        if len(token) > _LONGEST_HINT:
            return None
        seen = self._seen
        try:
            header = jws.extract_compact(token.encode("ascii")).headers()
            kid = header.get("kid")
            key = seen.public.get(kid) if isinstance(kid, str) else None
            if key is None or not _HEADER.issuperset(header) or _type(header.get("typ")) != (typ or "jwt"):
                return None
            claims = dict(jwt.decode(token, key, [seen.algorithms[str(kid)]]).claims)
        except (JoseError, ValueError):
            return None
        return claims if typ is not None or _is_id_token(claims) else None

    # --- looking again --------------------------------------------------------------------------------------------

    def is_stale(self, now: Instant) -> bool:
        """Tell whether ring and folder must be read again. A clock that was set back says nothing about age."""
        return self._look is not None and not 0 <= now - self._looked_at < NOTICE

    def keep_fresh(self, now: Instant) -> None:
        """Look again when the last look is older than ``NOTICE``: call it before a unit of work that may sign.

        Where ``refresh`` is called in time this costs one comparison.
        """
        if self.is_stale(now):
            self.refresh(now, even_if_fresh=False)

    def refresh(self, now: Instant, *, even_if_fresh: bool = True) -> None:
        """Look again, and import what is new: 30 ms for an RSA key, minutes before it signs.

        A look that fails is named in the log and refuses nobody anything: what was seen holds for minutes.
        """
        if self._look is None or not self._looking.acquire(timeout=_WAIT_SECONDS):
            return
        try:
            if even_if_fresh or self.is_stale(now):
                self._looked_at = now
                self._take(*self._look(now), now)
        except Exception as error:  # noqa: BLE001
            get_logger().error("keys.unreadable", fault=type(error).__name__)
        finally:
            self._looking.release()

    def _take(self, files: tuple[KeyFile, ...], entries: tuple[RingEntry, ...], now: Instant) -> None:
        seen, before = _Seen(files, entries, self._seen), self._seen
        if (seen.files, seen.entries) != (before.files, before.entries):
            for ours in seen.terms.values():
                for term in ours:
                    if term.entry.kid in seen.files and term.phase(now) in (Phase.NEXT, Phase.ACTIVE):
                        _private_key(seen, term.entry.kid)
            self._seen = seen
        self._seen_at = now


def _private_key(seen: _Seen, kid: str) -> Key:
    """Import a key once, when it signs first: an RSA key costs 30 ms, and a start does not need it."""
    if kid not in seen.private:
        seen.private[kid] = read_private(seen.files[kid])
    return seen.private[kid]


def _type(typ: object) -> str | None:
    """Return the header's type as it compares (RFC 7515 4.1.9): our ID tokens say JWT, or nothing."""
    return None if not isinstance(typ, str | None) else (typ or "jwt").lower().removeprefix("application/")


def _is_id_token(claims: Mapping[str, Any]) -> bool:
    """A logout token has ``events`` (OpenID Connect Back-Channel Logout 2.4), signed userinfo expires never."""
    return claims.keys() >= _ID_TOKEN and "events" not in claims
