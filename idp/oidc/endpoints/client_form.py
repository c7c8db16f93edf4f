"""A form that a client sends about itself: token, introspection, revocation and whoever else asks who is calling.

A body of another type, too long, with a parameter twice or unreadable is refused before anybody is looked up; then the
client proves who it is (RFC 6749 2.3), in the one unit of work in which the endpoint decides; only an assertion needs
beats before it (``presenting``). The query string is never read. Refusals are JSON (RFC 6749 5.2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from starlette.requests import Request
from starlette.responses import Response

from idp.kernel.errors import ShownError
from idp.oidc.client_assertions import Judged
from idp.oidc.client_auth import ClientRefused, authenticate
from idp.oidc.clients import Client
from idp.oidc.keys import NoSigningKey
from idp.oidc.needs import FORM_TYPE, OidcNeeds, content_type
from idp.oidc.ports import OidcUnit
from idp.oidc.presenting import Presenting
from idp.oidc.protocol import Answer, refusal
from idp.oidc.requests import Pairs, Parameters
from idp.oidc.responses import json_answer
from idp.web.reading import parse_pairs, read_body

CREDENTIALS = ("client_id", "client_secret", "client_assertion", "client_assertion_type")

Decide = Callable[[OidcUnit, Client, Parameters], Answer | Response]
"""What an endpoint does for an authenticated client, in its unit of work; a ``Response`` where that is no JSON."""


class ClientForm:
    """One endpoint's form: its own parameters beside the client's credentials. ``write`` False: it changes nothing."""

    def __init__(self, needs: OidcNeeds, parameters: Sequence[str], *, write: bool = True) -> None:
        self._needs = needs
        self._known = (*parameters, *CREDENTIALS)
        self._write = write
        self._presenting = Presenting(needs)
        self._challenge = {"www-authenticate": f'Basic realm="{needs.issuer}"'}

    async def answer(self, request: Request, decide: Decide) -> Response:
        """Answer one request."""
        if content_type(request) != FORM_TYPE:
            return respond(refusal(400, "invalid_request", f"the body must be {FORM_TYPE}"))
        try:
            form = read_form(parse_pairs(await read_body(request)), self._known)
        except ShownError as error:
            return respond(refusal(error.status, "invalid_request", "the body is too long or did not arrive"))
        except ClientRefused as error:
            return self._refuse(error)
        authorization, path = request.headers.get("authorization"), str(request.scope["path"])

        try:
            presented = await self._presenting.presented(authorization, form.plain, path)

            def settle() -> Answer | Response:
                # An assertion is used up, whatever the endpoint itself does.
                with self._needs.begin(write=self._write or isinstance(presented, Judged)) as unit:
                    return decide(unit, authenticate(unit.clients, presented), form)

            decided = await self._needs.shell.beats.settle(settle)
        except ClientRefused as error:
            return self._refuse(error)
        except NoSigningKey as error:
            # Nothing was spent, the unit of work was rolled back: another node answers the same request.
            answer = refusal(error.status, "temporarily_unavailable", "this node holds no key to sign with")
            return json_answer(answer.status, answer.body, {"retry-after": str(error.retry_after)})
        return decided if isinstance(decided, Response) else respond(decided)

    def _refuse(self, error: ClientRefused) -> Response:
        answer = refused(error)
        return json_answer(answer.status, answer.body, self._challenge if answer.status == 401 else None)


def read_form(pairs: Pairs, known: Sequence[str]) -> Parameters:
    """Return the parameters of a form. Raises ``ClientRefused`` for one that came badly."""
    form = Parameters(pairs, known)
    if form.repeated or form.unreadable:
        name = (form.repeated or form.unreadable)[0]
        raise ClientRefused("invalid_request", f"{name} came twice, is too long or has control characters")
    return form


def refused(error: ClientRefused) -> Answer:
    """Return the answer to a client that is not authenticated, and log it."""
    error.log()
    return refusal(401 if error.error == "invalid_client" else 400, error.error, error.description)


def respond(answer: Answer) -> Response:
    """Return an answer as JSON that nobody stores."""
    return json_answer(answer.status, answer.body)
