"""What the claims are called on a page."""

from typing import Final

_FRENCH: Final = {
    "given_name": "Prénoms",
    "given_name_array": "Prénoms",
    "family_name": "Nom de naissance",
    "birthdate": "Date de naissance",
    "gender": "Sexe",
    "birthplace": "Lieu de naissance",
    "birthcountry": "Pays de naissance",
    "email": "Adresse e-mail",
    "preferred_username": "Nom d’usage",
    "idp_birthdate": "Date de naissance telle que votre fournisseur d’identité la connaît",
    "idp_id": "Fournisseur d’identité utilisé",
}


def french(claim: str) -> str:
    """The words for one claim; those from the register say so."""
    name = claim.removeprefix("rnipp_")
    return _FRENCH[name] + (" (au registre national)" if name != claim else "")
