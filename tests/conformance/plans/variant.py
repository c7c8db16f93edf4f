"""What a plan varies: the response type and how the answer travels; and which modules apply to which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Variant:
    """One column of a plan. ``form_post`` asks for that response mode; otherwise none is asked. ``certified`` takes the
    provider up for certification also for what every provider offers."""

    response_type: str
    form_post: bool = False
    certified: bool = False

    def __str__(self) -> str:
        more = ("-form_post" if self.form_post else "") + ("-certified" if self.certified else "")
        return self.response_type.replace(" ", "+") + more

    @property
    def gives_code(self) -> bool:
        return "code" in self.response_type.split()

    @property
    def gives_token(self) -> bool:
        """An access token comes from the authorization endpoint."""
        return "token" in self.response_type.split()

    @property
    def gives_id_token(self) -> bool:
        """An ID token comes from the authorization endpoint."""
        return "id_token" in self.response_type.split()

    @property
    def has_access_token(self) -> bool:
        """One comes at all."""
        return self.gives_code or self.gives_token

    @property
    def mode(self) -> str:
        """How the answer travels (OAuth 2.0 Multiple Response Types 5)."""
        if self.form_post:
            return "form_post"
        return "query" if self.response_type == "code" else "fragment"

    @property
    def is_usual(self) -> bool:
        """It runs at a usual provider, not at one up for certification."""
        return self.response_type == "code" and not self.certified


CODE = Variant("code")
BOTH = (CODE, Variant("code", certified=True))
"""The code flow at the usual provider, and at the one where the foreign suite runs."""
IMPLICIT = (Variant("id_token"), Variant("id_token token"))
HYBRID = (Variant("code id_token"), Variant("code token"), Variant("code id_token token"))


def form_post(*variants: Variant) -> tuple[Variant, ...]:
    """Return the same response types in the mode ``form_post``."""
    return tuple(Variant(variant.response_type, form_post=True) for variant in variants)


def applies(which: Callable[[Variant], bool]) -> Callable[[Test], Test]:
    """Let a module run for some variants only, as the suite marks it."""

    def mark(test: Test) -> Test:
        test.applies = which  # type: ignore[attr-defined]
        return test

    return mark
