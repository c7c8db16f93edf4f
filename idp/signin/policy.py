"""The gate (law 1): the first unmet prompt, or a receipt.

``POLICY`` orders the prompts; ``clear`` returns the first unmet one or ``Cleared``, which alone lets a code be issued
or a page of the space be shown; ``standing`` returns ``Standing``, which alone lets a grant be redeemed, refreshed or
read. Receipts are built here and nowhere else (``tests/architecture/test_gate.py``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from idp.accounts.account import Account
from idp.accounts.obligations import PROVISIONAL, owes_change, owes_terms
from idp.kernel.clock import Instant
from idp.signin.session import Session

ACR_PASSWORD = "urn:idp:acr:password"  # noqa: S105 (a level, not a secret)


@dataclass(frozen=True, slots=True)
class Demand:
    """What an audience asks of the authentication, fixed when the request was parked (design section 6).

    ``not_before``: the authentication must be at or after this instant (``max_age``). ``differs_from``: it must be
    another event than this ``auth_time`` (``prompt=login``); 0 when there was none. ``idle``: how long the session may
    have gone unseen, in microseconds; None for portals, which keep their own. ``own_password``: a session that an
    upstream provider opened does not do. ``verified_email``: the account needs a verified address. ``asks``: what the
    audience would be told and given, and needs the member's word for; ``anew``: a word given before does not do;
    ``agreed``: it was given for this very request.
    """

    audience: str
    not_before: Instant | None = None
    differs_from: Instant | None = None
    idle: int | None = None
    own_password: bool = False
    verified_email: bool = False
    asks: frozenset[str] = frozenset()
    anew: bool = False
    agreed: bool = False

    @property
    def takes_federated(self) -> bool:
        """Nothing is asked that an upstream provider cannot vouch for: it may answer from a session of its own, and
        calls that *now* (design section 4: it never counts as fresh)."""
        return not self.own_password and self.not_before is None and self.differs_from is None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the gate decides on, read in one unit of work."""

    now: Instant
    session: Session | None
    account: Account | None
    terms_revision: int
    demand: Demand
    allowed: frozenset[str] = frozenset()
    """What the member allowed this audience before; read only where something is asked."""

    @property
    def member_is_here(self) -> bool:
        """A live session of the current epoch of an account that stands, or that a letter is about to thaw: of a frozen
        account's epoch no other password than a posted one is born."""
        return (
            self.session is not None
            and self.account is not None
            and self.session.is_live(self.now)
            and self.session.account_id == self.account.id
            and self.session.epoch == self.account.epoch
            and self.account.closed_at is None
            and (self.account.frozen_at is None or PROVISIONAL in self.session.amr)
        )


@dataclass(frozen=True, slots=True)
class Cleared:
    """Receipt for a new code or a page of the space."""

    account: str
    epoch: int
    audience: str
    auth_time: Instant
    amr: tuple[str, ...]
    acr: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Receipt for redeeming, refreshing, userinfo and introspection of an existing grant."""

    account: str
    epoch: int
    grant: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """One screen that can stand in the way: its route, its OpenID Connect error, and when it does."""

    name: str
    route: str
    error: str
    unmet: Callable[[Facts], bool]


def nobody_fresh_enough(facts: Facts) -> bool:
    """Nobody is signed in, or too long unseen, or the authentication is not as new as the request demands."""
    if not facts.member_is_here or facts.session is None:
        return True
    demand = facts.demand
    if facts.session.is_federated and not demand.takes_federated:
        return True
    too_old = demand.not_before is not None and facts.session.auth_time < demand.not_before
    unseen = demand.idle is not None and facts.session.seen_at + demand.idle <= facts.now
    return too_old or unseen or facts.session.auth_time == demand.differs_from


def change_owed(facts: Facts) -> bool:
    """The password is provisional, or the session is."""
    return facts.session is None or facts.account is None or owes_change(facts.account, facts.session.amr)


def terms_owed(facts: Facts) -> bool:
    """The account has not accepted the current terms."""
    return facts.account is None or owes_terms(facts.account, facts.terms_revision)


def address_owed(facts: Facts) -> bool:
    """The audience needs an address that the member was reached at, and the account has none."""
    if not facts.demand.verified_email:
        return False
    return facts.account is None or facts.account.email is None or facts.account.email_verified_at is None


LOGIN = Prompt("login", "signin:login", "login_required", nobody_fresh_enough)
CHANGE_PASSWORD = Prompt("change_password", "signin:password", "interaction_required", change_owed)
ACCEPT_TERMS = Prompt("accept_terms", "signin:terms", "interaction_required", terms_owed)
VERIFY_EMAIL = Prompt("verify_email", "signin:address", "interaction_required", address_owed)

POLICY: tuple[Prompt, ...] = (LOGIN, CHANGE_PASSWORD, ACCEPT_TERMS, VERIFY_EMAIL)


def clear(facts: Facts, policy: tuple[Prompt, ...] = POLICY) -> Cleared | Prompt:
    """Return the first unmet prompt, or the receipt. Pure."""
    for prompt in policy:
        if prompt.unmet(facts):
            return prompt
    session, account = facts.session, facts.account
    if session is None or account is None:  # no policy without LOGIN builds a receipt
        return LOGIN
    return Cleared(account.id, account.epoch, facts.demand.audience, session.auth_time, session.amr, session.acr)


def standing(account: Account | None, epoch: int, grant: str) -> Standing | None:
    """Return the receipt for an existing grant, or None.

    The grant's epoch must be the account's, the account must own a password and be neither frozen nor closed. New
    terms are a soft obligation: they stop the next interactive request, not a portal already at work.
    """
    if account is None or account.epoch != epoch or not account.has_password or not account.stands:
        return None
    return Standing(account.id, epoch, grant)
