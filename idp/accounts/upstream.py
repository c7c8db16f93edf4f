"""An identity that an upstream provider vouched for, as the store keeps it: nothing of the person, only where to know
them again (facts: FranceConnect's ``sub`` is pairwise and may change with the civil status)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UpstreamIdentity:
    """Who vouched, under which name it knows the person, and at which level; ``sub`` counts with its issuer only."""

    issuer: str
    sub: str
    acr: str
