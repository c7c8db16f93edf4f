"""What federation is given by the composition root, and the ways its pages share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.accounts.upstream import UpstreamIdentity
from idp.federation.franceconnect import FranceConnect
from idp.federation.leaving import leaving
from idp.federation.ports import Begin
from idp.signin.needs import SignInNeeds
from idp.web.shell import Shell


class Told(StrEnum):
    """What became of a way upstream, as the address of our page names it."""

    LINKED = "lie"
    ALREADY = "deja"
    NOT_LINKED = "refuse"
    OTHER_PERSON = "autre"
    TAKEN = "pris"
    UNLINKED = "delie"


class Proving(Protocol):
    """The walk that accepts a proof in place of an answer; contributed by ``enrollment``."""

    def waiting(self, unit: Any, request: Request) -> tuple[str, str | None] | None:
        """Return this browser's enrollment, and its member when the number is one's, when its question is the one to
        answer now."""
        ...

    def accept(self, unit: Any, request: Request, enrollment_id: str, identity: UpstreamIdentity) -> str | None:
        """Count the question as answered right and return the enrollment's new cookie; None when the walk moved on."""
        ...

    def onward(self, *, refused: bool) -> str:
        """Return the path where the walk goes on."""
        ...


@dataclass(frozen=True)
class FederationNeeds:
    """Everything the pages of federation may touch."""

    signin: SignInNeeds
    begin: Begin
    client: FranceConnect
    name: str
    proving: Proving

    @property
    def shell(self) -> Shell:
        """Return the toolkit of pages."""
        return self.signin.shell

    def away(self, id_token: str, onward: str) -> Response:
        """Leave through the upstream logout, then ``onward``: whoever came only to link is not left signed in there."""
        url = leaving(self.client, self.shell, id_token, onward)
        return RedirectResponse(url or onward, 303)
