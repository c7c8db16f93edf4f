"""HTTP of enrollment and recovery: one GET and one POST on ``…/{slug}``, always post-redirect-get, no script."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.enrollment import recovery
from idp.enrollment.answering import Answered, answer, begin_new, find, go_back
from idp.enrollment.facts import Facts
from idp.enrollment.flow import AskAgain, Step, Walk, current, reachable
from idp.enrollment.needs import EnrollmentNeeds
from idp.enrollment.ports import EnrollmentUnit
from idp.enrollment.showing import is_over, shown, step_before
from idp.enrollment.steps import WALK
from idp.enrollment.vouching import open_account
from idp.kernel.errors import Conflict
from idp.kernel.ids import digest, is_id, new_secret
from idp.web.cookies import CookieName
from idp.web.reading import Form, parse_pairs
from idp.web.shell import Shell

_RENEWING = ("identifiant", "numero", "verification")
"""After these answers the enrollment is worth more: a cookie noted before opens nothing (session fixation)."""


def routes(needs: EnrollmentNeeds) -> list[Route]:
    """Return the routes of enrollment, and those of the forgotten password."""
    return [*_routes(needs, WALK, "/inscription"), *_routes(needs, recovery.WALK, "/mot-de-passe/oublie")]


def _routes(needs: EnrollmentNeeds, walk: Walk, path: str) -> list[Route]:
    screens = EnrollmentScreens(needs, walk)
    return [
        Route(path, screens.start, methods=["GET", "POST"], name=walk.route("start")),
        Route(path + "/reprendre", screens.resume, methods=["GET"], name=walk.route("resume")),
        Route(path + "/retour", screens.back, methods=["POST"], name=walk.route("back")),
        Route(path + "/{slug}", screens.step, methods=["GET", "POST"], name=walk.route("step")),
    ]


def _asked_for(request: Request) -> str | None:
    """Return the portal's request that sent a visitor here (``prompt=create``)."""
    parked_id = request.query_params.get("request", "")
    return parked_id if is_id(parked_id) else None


def _waiting(parked_id: str | None) -> str:
    """Return what takes that request along in an address."""
    return f"?request={parked_id}" if parked_id else ""


class EnrollmentScreens:
    """Every page of one walk."""

    def __init__(self, needs: EnrollmentNeeds, walk: Walk) -> None:
        self._needs = needs
        self._walk = walk
        self._first = walk.steps[0].slug
        self._shell: Shell = needs.shell

    async def start(self, request: Request) -> Response:
        """``/inscription``: begin; with a live enrollment offer *go on* or *start again* and show no datum."""
        if request.method == "POST":
            await self._shell.form(request)
            await self._shell.beats.settle(lambda: self._drop(request))
            response = self._to(self._first)
            self._shell.cookies.clear(response, CookieName.ENROLLMENT)
            return response
        facts = await self._facts(request)
        if facts is None:
            return RedirectResponse(self._url("step", slug=self._first) + _waiting(_asked_for(request)), 303)
        return await self._show(request, "enrollment/resume.html")

    async def resume(self, request: Request) -> Response:
        """Go to the current step."""
        facts = await self._facts(request)
        return self._to(current(self._walk.steps, facts).slug if facts else self._first)

    async def back(self, request: Request) -> Response:
        """Leave a page that has no way on: another profile, another number."""
        form = await self._shell.form(request)
        try:
            await self._shell.beats.settle(lambda: self._go_back(request, form))
        except Conflict:
            return await self._two_tabs(request)
        return self._resume()

    async def step(self, request: Request) -> Response:
        """One question."""
        slug = request.path_params["slug"]
        if self._walk.step(slug) is None:
            return self._resume()
        return await (self._post(request, slug) if request.method == "POST" else self._get(request, slug))

    async def _get(self, request: Request, slug: str) -> Response:
        facts = await self._facts(request)
        if facts is None and slug == self._first:
            return await self._page(request, self._walk.steps[0], None)
        if facts is None:
            return self._to(self._first) if self._cookie(request) is None else await self._gone(request)
        if is_over(facts):
            return await self._already_open(request, facts)
        step = reachable(self._walk.steps, facts, slug)
        if step is None:
            return self._resume()
        return await self._page(request, step, facts)

    async def _post(self, request: Request, slug: str) -> Response:
        form = await self._shell.form(request)
        facts = await self._facts(request)
        if facts is None and slug != self._first:
            return await self._gone(request)
        if facts is not None and is_over(facts):
            return await self._already_open(request, facts)
        cookie = new_secret() if facts is None or slug in _RENEWING else None
        try:
            answered = await self._answer(request, slug, form, facts, cookie)
        except Conflict:
            return await self._two_tabs(request)
        if answered.refused is not None:
            return await self._page(request, self._step(slug), facts and answered.facts, form, answered.refused)
        if answered.session is not None:
            waiting = _waiting(answered.facts.enrollment.parked_id)
            response: Response = RedirectResponse(self._shell.url("signin:password") + waiting, 303)
            self._shell.cookies.write(response, CookieName.SESSION, answered.session)
            self._shell.cookies.clear(response, CookieName.ENROLLMENT)
            return response
        response = self._onward(answered)
        if cookie is not None and answered.advanced:
            self._shell.cookies.write(response, CookieName.ENROLLMENT, cookie)
        return response

    async def _answer(
        self, request: Request, slug: str, form: Form, facts: Facts | None, cookie: str | None
    ) -> Answered:
        """Settle an answer; an accepted one moves the enrollment to the new cookie, when there is one.

        Raises ``Conflict`` when another tab was faster.
        """
        begun = await self._shell.beats.settle(self._blank) if facts is None else facts
        step = reachable(self._walk.steps, begun, slug)
        if step is None or form.get("version") != begun.enrollment.stamp:
            raise Conflict("another tab moved on")
        asked = await step.ask(self._needs, request, begun, form)

        def settle() -> Answered:
            with self._needs.begin() as unit:
                if facts is None:
                    parked_id = form.get("request") if is_id(form.get("request")) else None
                    known: Facts | None = begin_new(unit, self._needs, self._walk, parked_id)
                else:
                    known = find(unit, self._needs, self._walk, self._cookie(request))
                if known is None:
                    raise Conflict("the enrollment ended meanwhile")
                answered = answer(unit, self._needs, self._walk, known, slug, form, asked)
                if answered.advanced and answered.facts.is_proven_and_over:
                    return replace(answered, session=self._sign_in(unit, request, answered.facts))
                if cookie is not None and answered.advanced:
                    unit.enrollments.renew(known.enrollment.id, digest(cookie))
                return answered

        return await self._shell.beats.settle(settle)

    def _sign_in(self, unit: EnrollmentUnit, request: Request, facts: Facts) -> str:
        """Open the account and a session that owes the change of password; the enrollment is over. Returns the cookie.

        Raises ``Conflict`` when the account opened meanwhile.
        """
        identity = facts.enrollment.upstream
        if self._needs.sign_in is None or identity is None:
            raise Conflict("no identity proved anybody")
        account = open_account(unit, facts, confirm=self._needs.confirm_all)
        unit.enrollments.drop(self._cookie(request) or "")
        return self._needs.sign_in(unit, request, account, identity)

    def _onward(self, answered: Answered) -> Response:
        leave = answered.leave
        if leave is None:
            return self._to(current(self._walk.steps, answered.facts).slug)
        params = {"slug": leave.slug} if leave.slug else {}
        return RedirectResponse(self._shell.url(leave.route, **params) + leave.query, 303)

    async def _page(
        self,
        request: Request,
        step: Step,
        facts: Facts | None,
        form: Form | None = None,
        refused: AskAgain | None = None,
    ) -> Response:
        t = self._shell.pages.t
        problems = refused.errors if refused else {}
        phone = self._shell.pages.contact.phone
        errors = {name: t(message, **{"phone": phone, **values}) for name, (message, values) in problems.items()}
        query = form or Form(parse_pairs(request.url.query.encode()))
        template, context = shown(self._walk, step, facts, query, self._needs.letter_days)
        before = step_before(self._walk, step, facts)
        typed = {name: value for name, value in form.pairs if name != "answer"} if form else {}
        return await self._show(
            request,
            template,
            status=refused.status if refused else 200,
            form_action=self._shell.form_ends(upstream=context.get("vouchers", False)),
            errors=errors,
            values=typed,
            step=step.stage,
            next_step=t(f"enrollment.step.{step.stage + 1}"),
            slug=step.slug,
            action=self._url("step", slug=step.slug),
            version=facts.enrollment.stamp if facts else "0",
            back=self._url("step", slug=before.slug) if before else None,
            subject=t("mail.provisional.subject"),
            request_id=_asked_for(request) if facts is None else None,
            waiting=_waiting(facts.enrollment.parked_id if facts else None),
            **context,
        )

    async def _gone(self, request: Request) -> Response:
        """Say why there is no enrollment: its time is over, or a double click came with the cookie of before."""

        def superseded() -> bool:
            with self._needs.begin(write=False) as unit:
                return unit.enrollments.was(self._cookie(request) or "")

        if await self._shell.beats.settle(superseded):
            return await self._two_tabs(request)
        response = await self._show(request, "enrollment/expired.html", status=410)
        self._shell.cookies.clear(response, CookieName.ENROLLMENT)
        return response

    async def _already_open(self, request: Request, facts: Facts) -> Response:
        """The account opened while this enrollment lay in another tab: invite to sign in, and end it."""
        step = self._step("identifiant")
        response = await self._show(
            request,
            "enrollment/existing.html",
            step=step.stage,
            next_step=self._shell.pages.t("enrollment.step.3"),
            slug=step.slug,
            action=self._url("step", slug=step.slug),
            version=facts.enrollment.stamp,
            back=None,
            waiting=_waiting(facts.enrollment.parked_id),
            **step.view(facts, Form([])),
        )
        self._shell.cookies.clear(response, CookieName.ENROLLMENT)
        return response

    async def _two_tabs(self, request: Request) -> Response:
        return await self._show(request, "enrollment/two_tabs.html", status=409)

    async def _facts(self, request: Request) -> Facts | None:
        cookie = self._cookie(request)
        if cookie is None:
            return None

        def read() -> Facts | None:
            with self._needs.begin(write=False) as unit:
                return find(unit, self._needs, self._walk, cookie)

        return await self._shell.beats.settle(read)

    def _cookie(self, request: Request) -> str | None:
        """Return the digest of the enrollment's cookie."""
        cookie = self._shell.cookies.read(request, CookieName.ENROLLMENT)
        return None if cookie is None else digest(cookie)

    def _blank(self) -> Facts:
        """Return what is known before the first answer."""
        with self._needs.begin(write=False) as unit:
            return begin_new(unit, self._needs, self._walk)

    def _drop(self, request: Request) -> None:
        cookie = self._cookie(request)
        if cookie is not None:
            with self._needs.begin() as unit:
                unit.enrollments.drop(cookie)

    def _go_back(self, request: Request, form: Form) -> None:
        with self._needs.begin() as unit:
            facts = find(unit, self._needs, self._walk, self._cookie(request))
            if facts is not None:
                go_back(unit, self._walk, facts, form)

    def _step(self, slug: str) -> Step:
        return next(step for step in self._walk.steps if step.slug == slug)

    async def _show(self, request: Request, template: str, **context: Any) -> Response:
        """Render a page that knows the addresses of its own walk."""
        return await self._shell.page(request, template, walk=self._walk.routes, **context)

    def _url(self, name: str, **params: str) -> str:
        return self._shell.url(self._walk.route(name), **params)

    def _resume(self) -> Response:
        return self._shell.goto(self._walk.route("resume"))

    def _to(self, slug: str) -> Response:
        return self._shell.goto(self._walk.route("step"), slug=slug)
