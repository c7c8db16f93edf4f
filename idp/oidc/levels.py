"""How a level of authentication is called in a client's ID tokens (``acr``; design sections 6 and 8).

``idp_acr_map`` is the operator's declaration that a level of ours is one of the client's. It holds for accounts whose
member was proven by the card, by a letter to the address on record, or by an agent: an amount may be known to others,
and who came through FranceConnect was never proven here. An untrue ``acr`` is never sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from idp.accounts.account import BY_LETTER, Vouched
from idp.members.question import Question
from idp.signin.policy import ACR_PASSWORD

LEVELS: Final[Mapping[str, str]] = {"password": ACR_PASSWORD}
"""Our levels by their names in ``idp_acr_map``."""
PROVEN: Final[frozenset[str]] = frozenset({Question.VITALE_FRONT, Question.VITALE_BACK, BY_LETTER, *Vouched})


def level_told(acr: str, acr_map: Mapping[str, str], proven_by: str | None) -> str | None:
    """Return how a level is told, None when the client's own name for it would not be true of this account."""
    declared = {LEVELS[name]: told for name, told in acr_map.items()}
    if acr not in declared:
        return acr
    return declared[acr] if proven_by in PROVEN else None
