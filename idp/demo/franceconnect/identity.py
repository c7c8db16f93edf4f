"""What FranceConnect says of a citizen to one client: claims, and a `sub` of that client's own."""

import hashlib
import json
from typing import Any, Final

from idp.demo.franceconnect.citizens import Citizen, Civil
from idp.demo.franceconnect.level import Level
from idp.demo.franceconnect.scopes import opened

IDP_ID: Final = "fournisseur-de-demonstration"
"""The one identity provider there is."""


def subject(citizen: Citizen, entity_id: str, salt: str) -> str:
    """The pairwise `sub`: it follows the civil status, so a correction of that changes it."""
    civil = citizen.civil
    parts = [
        " ".join(civil.given_names), civil.family_name, civil.birthdate, civil.gender,
        civil.birthplace, civil.birthcountry, entity_id, salt,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest() + "v1"


def claims(citizen: Citizen, scopes: tuple[str, ...], level: Level) -> dict[str, Any]:
    """The claims that `scopes` open, those without a value left out. `sub` is not here."""
    told = citizen.told or citizen.civil
    if level.encrypts:  # FranceConnect+ passes on its identity provider's words, dates as they are
        known = {**_civil(told), "birthdate": told.birthdate, **_register(citizen.civil)}
    else:
        known = _civil(citizen.civil)
    known |= {
        "email": citizen.email,
        "preferred_username": citizen.usage_name,
        "idp_birthdate": told.birthdate,
        "idp_id": IDP_ID,
    }
    return {name: known[name] for name in opened(scopes, level.scopes) if known.get(name) is not None}


def _civil(civil: Civil) -> dict[str, Any]:
    return {
        "given_name": " ".join(civil.given_names),
        "given_name_array": list(civil.given_names),
        "family_name": civil.family_name,
        "birthdate": civil.birthdate.replace("-00", "-01"),
        "gender": civil.gender,
        "birthplace": civil.birthplace,
        "birthcountry": civil.birthcountry,
    }


def _register(civil: Civil) -> dict[str, Any]:
    return {f"rnipp_{name}": value for name, value in _civil(civil).items()}
