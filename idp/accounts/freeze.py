"""Freeze codes: 10 characters of a confirmation letter, good once for 90 days, that shut an account at any hour.

9 random characters (45 bits) and a check character: behind the budget of a source nobody guesses one, and a guess
would open nothing.
"""

from __future__ import annotations

from idp.accounts.grammar import Fit, Grammar, normalize
from idp.kernel.clock import DAY
from idp.kernel.ids import digest

CODE = Grammar(length=10, group=5)
LIFE = 90 * DAY


def generate() -> str:
    """Return a new code, grouped by a hyphen."""
    return CODE.generate()


def fit(typed: str) -> Fit:
    """Tell whether a typed text is a code, one with a slip of the finger, or something else."""
    return CODE.fit(typed)


def code_digest(typed: str) -> str:
    """Return the digest a code is stored and looked up by."""
    return digest("freeze:" + normalize(typed))
