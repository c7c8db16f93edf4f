"""Phone numbers as members type them, read by a well-kept library."""

from __future__ import annotations

from idp.accounts.addresses import Problem

_LONGEST_PHONE = 40


def read_phone(typed: str) -> str | None:
    """Return the number in international form (E.164), or None."""
    import phonenumbers  # loaded by the first visitor who types one: its tables cost memory

    if len(typed) > _LONGEST_PHONE:
        return None
    try:
        number = phonenumbers.parse(typed, "FR")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone_problem(typed: str) -> Problem | None:
    """Return what is wrong with a number, or None."""
    if not typed.strip():
        return "enrollment.contact.phone.error.missing", {}
    return None if read_phone(typed) is not None else ("enrollment.contact.phone.error.format", {})
