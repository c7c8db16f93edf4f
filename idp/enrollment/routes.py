"""HTTP of enrollment: one GET and one POST on ``/inscription/{slug}``, always post-redirect-get, no script."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.enrollment.answering import Answered, answer, begin_new, find, go_back
from idp.enrollment.facts import Facts
from idp.enrollment.flow import AskAgain, Step, current, reachable
from idp.enrollment.needs import EnrollmentNeeds
from idp.enrollment.steps import STEPS
from idp.kernel.errors import Conflict
from idp.kernel.ids import digest, new_secret
from idp.web.cookies import CookieName
from idp.web.reading import Form, parse_pairs
from idp.web.shell import Shell

_RENEWING = ("identifiant", "verification")
"""After these answers the enrollment is worth more: a cookie noted before opens nothing (session fixation)."""


def routes(needs: EnrollmentNeeds) -> list[Route]:
    """Return the routes of enrollment."""
    screens = EnrollmentScreens(needs)
    return [
        Route("/inscription", screens.start, methods=["GET", "POST"], name="enrollment:start"),
        Route("/inscription/reprendre", screens.resume, methods=["GET"], name="enrollment:resume"),
        Route("/inscription/retour", screens.back, methods=["POST"], name="enrollment:back"),
        Route("/inscription/{slug}", screens.step, methods=["GET", "POST"], name="enrollment:step"),
    ]


class EnrollmentScreens:
    """Every page of enrollment."""

    def __init__(self, needs: EnrollmentNeeds) -> None:
        self._needs = needs
        self._shell: Shell = needs.shell

    async def start(self, request: Request) -> Response:
        """``/inscription``: begin; with a live enrollment offer *go on* or *start again* and show no datum."""
        if request.method == "POST":
            await self._shell.form(request)
            await self._shell.beats.settle(lambda: self._drop(request))
            response = self._to("profil")
            self._shell.cookies.clear(response, CookieName.ENROLLMENT)
            return response
        facts = await self._facts(request)
        if facts is None:
            return self._to("profil")
        return await self._shell.page(request, "enrollment/resume.html")

    async def resume(self, request: Request) -> Response:
        """Go to the current step."""
        facts = await self._facts(request)
        return self._to(current(STEPS, facts).slug if facts else "profil")

    async def back(self, request: Request) -> Response:
        """Leave a page that has no way on: another profile, another number."""
        form = await self._shell.form(request)
        try:
            await self._shell.beats.settle(lambda: self._go_back(request, form))
        except Conflict:
            return await self._two_tabs(request)
        return self._shell.goto("enrollment:resume")

    async def step(self, request: Request) -> Response:
        """One question."""
        slug = request.path_params["slug"]
        if all(step.slug != slug for step in STEPS):
            return self._shell.goto("enrollment:resume")
        return await (self._post(request, slug) if request.method == "POST" else self._get(request, slug))

    async def _get(self, request: Request, slug: str) -> Response:
        facts = await self._facts(request)
        if facts is None and slug == "profil":
            return await self._page(request, STEPS[0], None)
        if facts is None:
            return self._to("profil") if self._cookie(request) is None else await self._gone(request)
        if _is_over(facts):
            return await self._already_open(request)
        step = reachable(STEPS, facts, slug)
        if step is None:
            return self._shell.goto("enrollment:resume")
        return await self._page(request, step, facts)

    async def _post(self, request: Request, slug: str) -> Response:
        form = await self._shell.form(request)
        facts = await self._facts(request)
        if facts is None and slug != "profil":
            return await self._gone(request)
        if facts is not None and _is_over(facts):
            return await self._already_open(request)
        cookie = new_secret() if facts is None or slug in _RENEWING else None
        try:
            answered = await self._answer(request, slug, form, facts, cookie)
        except Conflict:
            return await self._two_tabs(request)
        if answered.refused is not None:
            step = next(step for step in STEPS if step.slug == slug)
            return await self._page(request, step, facts and answered.facts, form, answered.refused)
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
        asked = None
        if facts is not None:
            step = reachable(STEPS, facts, slug)
            if step is None or form.get("version") != facts.enrollment.stamp:
                raise Conflict("another tab moved on")
            asked = await step.ask(self._needs, request, facts, form)

        def settle() -> Answered:
            with self._needs.begin() as unit:
                if facts is None:
                    known: Facts | None = begin_new(unit, self._needs)
                else:
                    known = find(unit, self._needs, self._cookie(request))
                if known is None:
                    raise Conflict("the enrollment ended meanwhile")
                answered = answer(unit, self._needs, known, slug, form, asked)
                if cookie is not None and answered.advanced:
                    unit.enrollments.renew(known.enrollment.id, digest(cookie))
                return answered

        return await self._shell.beats.settle(settle)

    def _onward(self, answered: Answered) -> Response:
        leave = answered.leave
        if leave is None:
            return self._to(current(STEPS, answered.facts).slug)
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
        template, context = self._view(step, facts, query)
        typed = {name: value for name, value in form.pairs if name != "answer"} if form else {}
        return await self._shell.page(
            request,
            template,
            status=refused.status if refused else 200,
            errors=errors,
            values=typed,
            step=step.stage,
            next_step=t(f"enrollment.step.{step.stage + 1}"),
            slug=step.slug,
            version=facts.enrollment.stamp if facts else "0",
            back=self._back_link(step, facts),
            **context,
        )

    def _view(self, step: Step, facts: Facts | None, query: Form) -> tuple[str, dict[str, Any]]:
        """Return the template of a step and its own context; two steps show another page when they cannot go on."""
        if facts is None:
            return step.template, {}
        context = step.view(facts, query)
        enrollment = facts.enrollment
        here = current(STEPS, facts) is step
        if step.slug == "profil" and here and enrollment.profile is not None:
            return "enrollment/elsewhere.html", {"kind": "company" if enrollment.profile == "entreprise" else "other"}
        if step.slug == "identifiant" and here and enrollment.member_id is not None:
            return "enrollment/existing.html", context
        if step.slug == "envoi" and enrollment.by_letter:
            reason = "wrong" if enrollment.answer == "wrong" else "no_question"
            already = enrollment.delivery_id is None and facts.live_delivery
            return "enrollment/lettre.html", {"reason": reason, "days": self._needs.letter_days, "already": already}
        if step.slug == "envoi":
            context["subject"] = self._shell.pages.t("mail.provisional.subject")
        return step.template, context

    def _back_link(self, step: Step, facts: Facts | None) -> str | None:
        place = STEPS.index(step)
        if facts is None or place == 0 or facts.enrollment.finished_at is not None:
            return None
        before = STEPS[place - 1]
        if reachable(STEPS, facts, before.slug) is None:
            return None
        return self._shell.url("enrollment:step", slug=before.slug)

    async def _gone(self, request: Request) -> Response:
        """Say why there is no enrollment: its time is over, or a double click came with the cookie of before."""

        def superseded() -> bool:
            with self._needs.begin(write=False) as unit:
                return unit.enrollments.was(self._cookie(request) or "")

        if await self._shell.beats.settle(superseded):
            return await self._two_tabs(request)
        response = await self._shell.page(request, "enrollment/expired.html", status=410)
        self._shell.cookies.clear(response, CookieName.ENROLLMENT)
        return response

    async def _already_open(self, request: Request) -> Response:
        """The account opened while this enrollment lay in another tab: invite to sign in, and end it."""
        context: dict[str, Any] = {
            "live_delivery": False,
            "slug": "identifiant",
            "version": "0",
            "step": 2,
            "back": None,
        }
        next_step = self._shell.pages.t("enrollment.step.3")
        response = await self._shell.page(request, "enrollment/existing.html", next_step=next_step, **context)
        self._shell.cookies.clear(response, CookieName.ENROLLMENT)
        return response

    async def _two_tabs(self, request: Request) -> Response:
        return await self._shell.page(request, "enrollment/two_tabs.html", status=409)

    async def _facts(self, request: Request) -> Facts | None:
        cookie = self._cookie(request)
        if cookie is None:
            return None

        def read() -> Facts | None:
            with self._needs.begin(write=False) as unit:
                return find(unit, self._needs, cookie)

        return await self._shell.beats.settle(read)

    def _cookie(self, request: Request) -> str | None:
        """Return the digest of the enrollment's cookie."""
        cookie = self._shell.cookies.read(request, CookieName.ENROLLMENT)
        return None if cookie is None else digest(cookie)

    def _drop(self, request: Request) -> None:
        cookie = self._cookie(request)
        if cookie is not None:
            with self._needs.begin() as unit:
                unit.enrollments.drop(cookie)

    def _go_back(self, request: Request, form: Form) -> None:
        with self._needs.begin() as unit:
            facts = find(unit, self._needs, self._cookie(request))
            if facts is not None:
                go_back(unit, facts, form)

    def _to(self, slug: str) -> Response:
        return self._shell.goto("enrollment:step", slug=slug)


def _is_over(facts: Facts) -> bool:
    """Tell whether the account opened after the question was answered here."""
    return facts.account_is_open and facts.enrollment.answer is not None
