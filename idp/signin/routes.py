"""The routes of sign-in."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from idp.signin.freezing import Freeze
from idp.signin.needs import SignInNeeds
from idp.signin.policy import Cleared, clear
from idp.signin.prompts.address import VerifyAddress
from idp.signin.prompts.login import Login
from idp.signin.prompts.password import ChangePassword
from idp.signin.prompts.terms import AcceptTerms
from idp.signin.signout import SignOut
from idp.web.endpoint import screen_route
from idp.web.pages import Block


def routes(needs: SignInNeeds) -> list[Route]:
    """Return the screens of sign-in, and the one that shuts an account."""
    freeze = Freeze(needs)
    return [
        screen_route("/connexion", "signin:login", Login(needs)),
        screen_route("/mot-de-passe", "signin:password", ChangePassword(needs)),
        screen_route("/conditions", "signin:terms", AcceptTerms(needs)),
        screen_route("/adresse-e-mail", "signin:address", VerifyAddress(needs)),
        screen_route("/deconnexion", "signin:logout", SignOut(needs)),
        screen_route("/securite/gel", "signin:freeze", freeze),
        Route("/securite/gel/fait", freeze.done, methods=["GET"], name="signin:frozen"),
    ]


class Greeter:
    """Tells every page whom its red block greets; asks the store only when the browser carries a session."""

    def __init__(self, needs: SignInNeeds) -> None:
        self._needs = needs

    async def __call__(self, request: Request) -> Block:
        """Return the block for this browser."""
        if self._needs.cookie(request) is None:
            return Block()
        return await self._needs.shell.beats.settle(lambda: self._look(request))

    def _look(self, request: Request) -> Block:
        with self._needs.begin(write=False) as unit:
            facts = self._needs.facts(unit, request)
            if not facts.member_is_here or facts.account is None:
                return Block()
            if not isinstance(clear(facts, self._needs.policy), Cleared):
                return Block("owing")
            member = unit.members.get(facts.account.member_id)
            return Block("signed_in", member.display_name if member else "")
