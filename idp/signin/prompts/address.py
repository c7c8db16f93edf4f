"""An address that the member is reached at (``/adresse-e-mail``): asked when a portal needs one and there is none.

The address is typed, a code goes there, the code is typed: only then is it the account's. It is told to nobody before,
and nothing is asked of a member for whom no waiting portal needs it.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.accounts.account import Account
from idp.accounts.addresses import email_problem, read_email
from idp.accounts.email_code import TRIES, PendingCode, read
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.clock import Instant, minutes_until
from idp.kernel.effects import EmailCode
from idp.kernel.errors import Conflict
from idp.signin.needs import Portal, SignInNeeds
from idp.signin.policy import VERIFY_EMAIL, clear
from idp.signin.ports import SignInUnit
from idp.web.pages import Block
from idp.web.reading import Form
from idp.web.shell import Shell


@dataclass(frozen=True, slots=True)
class Owing:
    """A member who owes nothing but an address, the code sent last, and the portal that needs it."""

    account: Account
    code: PendingCode | None
    portal: Portal | None

    def open_code(self, now: Instant) -> PendingCode | None:
        """Return the code that may still be typed."""
        return self.code if self.code is not None and self.code.is_open(now) else None


class VerifyAddress:
    """GET and POST of ``/adresse-e-mail``."""

    def __init__(self, needs: SignInNeeds) -> None:
        self._needs = needs
        self._shell: Shell = needs.shell

    async def get(self, request: Request) -> Response:
        """Ask for the address, or for the code sent to it."""
        request_id = request.query_params.get("request", "")
        owing = await self._shell.beats.settle(lambda: self._read(request, request_id))
        return self._needs.onward(request_id) if owing is None else await self._page(request, request_id, owing, {})

    async def post(self, request: Request) -> Response:
        """Send a code, judge one, or go back to the address."""
        form = await self._shell.form(request)
        request_id = form.get("request")
        owing = await self._shell.beats.settle(lambda: self._read(request, request_id))
        if owing is None:
            return self._needs.onward(request_id)
        match form.get("action"):
            case "correct":
                await self._shell.beats.settle(lambda: self._drop(request, request_id))
                return self._needs.screen("signin:address", request_id)
            case "resend" if owing.code is not None:
                return await self._send(request, request_id, owing, owing.code.address, form)
        if any(name == "code" for name, _ in form.pairs):
            return await self._judge(request, request_id, owing, form)
        return await self._send(request, request_id, owing, form.get("email"), form)

    async def _send(self, request: Request, request_id: str, owing: Owing, typed: str, form: Form) -> Response:
        t = self._shell.pages.t
        address = read_email(typed)
        if address is None:
            message, values = email_problem(typed) or ("enrollment.contact.email.error.format", {})
            return await self._page(request, request_id, owing, {"email": t(message, **values)}, form)
        free_at = await self._shell.beats.settle(lambda: self._ask(request, request_id, address))
        if free_at is None:
            return self._needs.screen("signin:address", request_id)
        minutes = minutes_until(free_at, self._shell.clock.now())
        where = "email" if owing.open_code(self._shell.clock.now()) is None else "code"
        errors = {where: t("signin.address.error.often", minutes=minutes)}
        response = await self._page(request, request_id, owing, errors, form, status=429)
        response.headers["retry-after"] = str(minutes * 60)
        return response

    async def _judge(self, request: Request, request_id: str, owing: Owing, form: Form) -> Response:
        """Take a try, then compare, then settle (law 9). A text that is no code costs no try."""
        t = self._shell.pages.t
        pending = owing.open_code(self._shell.clock.now())
        if pending is None:
            return await self._page(request, request_id, owing, {"email": t("signin.address.error.over")}, form)
        typed = read(form.get("code"))
        if typed is None:
            missing = not form.get("code").strip()
            message = t("signin.address.error.missing") if missing else t("signin.address.error.shape")
            return await self._page(request, request_id, owing, {"code": message}, form)
        taken = await self._shell.beats.take(lambda: self._take(pending))
        if taken and pending.matches(self._needs.pepper, typed):
            if await self._shell.beats.settle(lambda: self._settle(request, request_id, pending)):
                return self._needs.onward(request_id)
        elif taken:
            await self._shell.beats.settle(lambda: self._refused(request, owing))
        again = await self._shell.beats.settle(lambda: self._read(request, request_id))
        if again is None:
            return self._needs.onward(request_id)
        left = again.open_code(self._shell.clock.now())
        if left is None:
            return await self._page(request, request_id, again, {"email": t("signin.address.error.over")}, form)
        errors = {"code": t("signin.address.error.wrong", left=TRIES - left.tries)}
        return await self._page(request, request_id, again, errors, form)

    # --- units of work ----------------------------------------------------------------------------------------------

    def _read(self, request: Request, request_id: str) -> Owing | None:
        with self._needs.begin(write=False) as unit:
            return self._owing(unit, request, request_id)

    def _owing(self, unit: SignInUnit, request: Request, request_id: str) -> Owing | None:
        """Return a member for whom the gate of this tab's request asks for the address, and for nothing else."""
        parked = self._needs.waiting(unit, request, request_id)
        if parked is None:
            return None
        facts = self._needs.facts(unit, request, parked.demand)
        if facts.account is None or clear(facts, self._needs.policy) is not VERIFY_EMAIL:
            return None
        code = unit.email_codes.waiting(facts.account.id)
        return Owing(facts.account, code, self._needs.portal_of(unit, parked))

    def _ask(self, request: Request, request_id: str, address: str) -> Instant | None:
        """Owe a code; returns when the next may be asked for, None when it is on its way or nothing is owed."""
        now = self._shell.clock.now()
        with self._needs.begin() as unit:
            owing = self._owing(unit, request, request_id)
            if owing is None:
                return None
            asked = unit.email_codes.ask(owing.account.id, address, now)
            if not isinstance(asked, str):
                return asked
            unit.outbox.put(EmailCode(owing.account.id, asked), now)
            return None

    def _drop(self, request: Request, request_id: str) -> None:
        with self._needs.begin() as unit:
            owing = self._owing(unit, request, request_id)
            if owing is not None:
                unit.email_codes.drop(owing.account.id, self._shell.clock.now())

    def _take(self, pending: PendingCode) -> bool:
        with self._needs.begin() as unit:
            return unit.email_codes.take_try(pending.id, self._shell.clock.now())

    def _settle(self, request: Request, request_id: str, pending: PendingCode) -> bool:
        """Make the address the account's, unless the gate asks for something else by now."""
        try:
            with self._needs.begin() as unit:
                owing = self._owing(unit, request, request_id)
                if owing is None or owing.account.id != pending.account_id:
                    raise Conflict("the address is owed no longer")
                if not unit.email_codes.verify(pending, owing.account.epoch, self._shell.clock.now()):
                    raise Conflict("the code counts no longer")
                unit.audit.add(AuditEvent(Tag.EMAIL_VERIFIED, account=owing.account.id))
        except Conflict:
            return False
        return True

    def _refused(self, request: Request, owing: Owing) -> None:
        source = self._shell.sources.of(request)
        with self._needs.begin() as unit:
            unit.audit.add(AuditEvent(Tag.EMAIL_REFUSED, account=owing.account.id, source=source))

    async def _page(
        self,
        request: Request,
        request_id: str,
        owing: Owing,
        errors: dict[str, str],
        form: Form | None = None,
        status: int = 422,
    ) -> Response:
        code = owing.open_code(self._shell.clock.now())
        return await self._shell.page(
            request,
            "signin/address.html",
            status=status if errors else 200,
            block=Block("owing"),
            form_action=owing.portal.origin if owing.portal else "",
            errors=errors,
            values={"email": form.get("email")} if form and form.get("email") else {},
            sent_to=code.address if code else None,
            address=owing.code.address if owing.code else "",
            portal=owing.portal,
            request_id=request_id,
        )
