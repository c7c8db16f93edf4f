"""The page of a way upstream that led nowhere: one text for every cause, the cause in the log alone (facts 1.4)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.federation.needs import FederationNeeds
from idp.federation.transactions import Purpose


async def failed(
    needs: FederationNeeds, request: Request, purpose: Purpose | None, destination: str = "", *, status: int = 400
) -> Response:
    """Say that it led nowhere and what to do; a proof goes back to its question, which says it there.

    ``purpose`` is None where no transaction is known.
    """
    if purpose is Purpose.PROOF:
        return RedirectResponse(needs.proving.onward(refused=True), 303)
    return await needs.shell.page(
        request,
        "federation/failed.html",
        status=status,
        linking=purpose in (Purpose.LINK, Purpose.RELINK),
        request_id=destination or None,
        name=needs.name,
        reference=request.scope["state"]["reference"],
    )
