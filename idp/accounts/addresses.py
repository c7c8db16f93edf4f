"""E-mail addresses as members type them, read by a well-kept library; enrollment and sign-in ask for them alike."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST_EMAIL = 254

Problem = tuple[str, Mapping[str, object]]
"""A catalogue id and its values."""


def read_email(typed: str) -> str | None:
    """Return the address to write to, or None. No DNS is asked; ``.example`` stays possible for demos."""
    from email_validator import EmailNotValidError, validate_email  # loaded by the first visitor who types an address

    if len(typed) > LONGEST_EMAIL * 2:
        return None
    try:
        found = validate_email(typed.strip(), check_deliverability=False, test_environment=True, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    address = found.ascii_email or found.normalized
    return address if len(address) <= LONGEST_EMAIL else None


def email_problem(typed: str) -> Problem | None:
    """Return what is wrong with an address, or None."""
    text = typed.strip()
    if not text:
        return "enrollment.contact.email.error.missing", {}
    if read_email(typed) is not None:
        return None
    if len(text) > LONGEST_EMAIL:
        return "enrollment.contact.email.error.long", {}
    local, at, domain = text.rpartition("@")
    if at and local and "." in domain and len(domain) <= 60 and _syntax_holds(local):
        return "enrollment.contact.email.error.domain", {"domain": domain}
    return "enrollment.contact.email.error.format", {}


def _syntax_holds(local: str) -> bool:
    from email_validator import EmailSyntaxError, validate_email

    try:
        validate_email(
            f"{local}@courriel.example", check_deliverability=False, test_environment=True, allow_smtputf8=False
        )
    except EmailSyntaxError:
        return False
    return True
