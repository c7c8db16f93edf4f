"""One module's run: relying parties, a browser and its user, against one provider, with the checks of every module.

It does what the suite's automation does: signs the user in where a page asks for number and password, presses
``allow`` where a page asks for consent, and takes the answer home. It knows the provider by its discovery document.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urljoin

from tests.conformance.plans import answers, checks, forms
from tests.conformance.plans.accepted import WARNINGS
from tests.conformance.plans.answers import Answer, Request
from tests.conformance.plans.parties import AFTER_LOGOUT, CALLBACK, SCOPES, Client, Outcome, User
from tests.conformance.plans.site import Site
from tests.conformance.plans.variant import Variant
from tests.conformance.world import World
from tests.support.browser import Browser, Page
from tests.support.portal import JsonObject


class Suite:
    """One run of one module. Its clients are known to the operator; ``registers``: they come by themselves."""

    registers = False

    def __init__(self, world: World, variant: Variant, user: User, site: Site, **registration: Any) -> None:
        self.world = world
        self.variant = variant
        self.user = user
        self.site = site
        self.browser = world.browser()
        self.issuer = world.url
        self.warnings: list[str] = []
        self.pages: list[Page] = []
        """What was shown since the last visit began, oldest first."""
        self.screens: list[str] = []
        """What was asked of the user there: ``login``, ``consent``."""
        self._registration = registration

    def warn(self, what: str) -> None:
        """Note what the suite would warn of; a warning that was not accepted before is a failure here."""
        self.warnings.append(what)
        assert what in WARNINGS, f"the suite would warn: {what}"

    # --- clients --------------------------------------------------------------------------------------------------

    @cached_property
    def client(self) -> Client:
        return self.register()

    @cached_property
    def client2(self) -> Client:
        return self.register()

    def register(self, **more: Any) -> Client:
        """Return a new client, as its operator registers it (certification 3)."""
        kind = self.variant.response_type
        grants = ["authorization_code", "refresh_token"] if self.variant.gives_code else []
        metadata = {
            "client_name": "Suite de conformité",
            "redirect_uris": [CALLBACK],
            "post_logout_redirect_uris": [AFTER_LOGOUT],
            "response_types": [kind],
            "grant_types": grants if kind == "code" else [*grants, "implicit"],
            "idp_scopes_allowed": list(SCOPES),
            "idp_pkce_required": False,
            **self._registration,
            **more,
        }
        return Client(self.world.portal(**metadata), metadata)

    @cached_property
    def metadata(self) -> JsonObject:
        """The discovery document."""
        return self.client.portal.metadata

    def offers(self, name: str, value: str) -> bool:
        """Tell whether discovery lists a value."""
        return value in self.metadata.get(name, [])

    # --- authorization --------------------------------------------------------------------------------------------

    def request(self, client: Client | None = None, **more: str | None) -> Request:
        """Build an authorization request; a value of None leaves a parameter out."""
        client = client or self.client
        usual: dict[str, str | None] = {
            "client_id": client.id,
            "redirect_uri": client.portal.redirect_uri,
            "scope": "openid",
            "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32),
            "response_type": self.variant.response_type,
            "response_mode": "form_post" if self.variant.form_post else None,
        }
        params = {name: value for name, value in {**usual, **more}.items() if value is not None}
        return self.as_request(params, client.portal.redirect_uri)

    def as_request(self, params: dict[str, str], redirect_uri: str = CALLBACK) -> Request:
        """Build a request of exactly these parameters, whose answer is due at a redirect URI."""
        url = f"{self.metadata['authorization_endpoint']}?{urlencode(params)}"
        return Request(url, params, redirect_uri, self.variant.mode)

    def visit(self, request: Request, *, browser: Browser | None = None, post: bool = False) -> Browser:
        """Send the browser there and do what its user does, until an answer or a page that asks nothing."""
        browser = browser or self.browser
        browser.trail.clear()
        self.pages, self.screens = [], []
        if post:
            browser.post_from("https://portail.example", self.metadata["authorization_endpoint"], dict(request.params))
        else:
            browser.get(request.url)
        for _ in range(6):
            assert browser.page is not None
            self.pages.append(browser.page)
            if answers.find(browser, request.redirect_uri) is not None or not self._operate(browser, browser.page):
                break
        return browser

    def _operate(self, browser: Browser, page: Page) -> bool:
        """Fill in what a page asks; tell whether it asked anything."""
        found = forms.read(page.response.text).forms
        login = next((form for form in found if form.has("identifier", "password")), None)
        consent = next((form for form in found if form.has("allow")), None)
        if login is not None:
            self.screens.append("login")
            typed = login.press(identifier=self.user.identifier, password=self.user.password)
            browser.post(urljoin(page.url, login.action), typed)
        elif consent is not None:
            self.screens.append("consent")
            browser.post(urljoin(page.url, consent.action), consent.press("allow"))
        return login is not None or consent is not None

    def answer(self, request: Request, **how: Any) -> Answer:
        """Return the answer that must come."""
        browser = self.visit(request, **how)
        found = answers.find(browser, request.redirect_uri)
        page = self.pages[-1]
        assert found is not None, f"no answer but {browser.trail[-1]}: {page.status} {page.text[:300]}"
        answers.check(found, request, self.issuer, metadata=self.metadata)
        return found

    def error(self, request: Request, *errors: str, **how: Any) -> Answer:
        """Return the answer that must be one of these errors and hold no code or token."""
        found = self.answer(request, **how)
        assert found.params.get("error") in errors, found.params
        return found

    def error_page(self, request: Request, **how: Any) -> Page:
        """Return the page that must stand there instead of any redirect (law: nothing leaves before it is certain)."""
        browser = self.visit(request, **how)
        assert all(url.startswith(f"{browser.base}/") for url in browser.trail), browser.trail
        page = self.pages[-1]
        assert 400 <= page.status < 500, page.status
        assert page.response.headers["content-type"].startswith("text/html")
        assert self.screens == [], "nobody signs in for a request that is refused"
        return page

    def error_page_or(self, request: Request, *errors: str, mode: str | None = None) -> None:
        """Either is fine: the page, or one of these errors to the client."""
        browser = self.visit(request)
        if answers.find(browser, request.redirect_uri) is None:
            self.error_page(request)
        else:
            self.error(replace(request, mode=mode or request.mode), *errors)

    # --- the whole way --------------------------------------------------------------------------------------------

    def flow(self, request: Request | None = None, *, client: Client | None = None, **more: Any) -> Outcome:
        """Go the whole way and judge all that comes. ``browser`` and ``post`` say how, anything else is asked."""
        how = {name: more.pop(name) for name in ("browser", "post") if name in more}
        client = client or self.client
        request = request or self.request(client, **more)
        return self.judge(request, self.answer(request, **how), client)

    def judge(self, request: Request, answer: Answer, client: Client) -> Outcome:
        """Return what a good answer is worth, the code redeemed."""
        assert "error" not in answer.params, answer.params
        assert ("code" in answer.params) == self.variant.gives_code
        assert ("access_token" in answer.params) == self.variant.gives_token
        assert ("id_token" in answer.params) == self.variant.gives_id_token
        if self.variant.gives_code:
            checks.unguessable(answer["code"])
        if self.variant.gives_token:
            checks.unguessable(answer["access_token"])
            assert answer["token_type"].lower() == "bearer"
            assert int(answer["expires_in"]) > 0
        validate = self.validator(client, request)
        front = validate(answer["id_token"]) if self.variant.gives_id_token else None
        if front is not None:
            self._front_hashes(front, answer)
        if not self.variant.gives_code:
            return Outcome(request, answer, client, front, None, {})
        tokens = checks.token_response(client.redeem(request, answer["code"]))
        checks.unguessable(tokens["access_token"])
        back = validate(tokens["id_token"])
        self._back_hashes(back, answer, tokens)
        assert front is None or (front["iss"], front["sub"]) == (back["iss"], back["sub"]), "Core 3.3.3.6"
        return Outcome(request, answer, client, front, back, tokens)

    def validator(self, client: Client, request: Request) -> Callable[[str], JsonObject]:
        """Return the judge of ID tokens for a request; keys are read afresh."""
        keys = checks.jwks(client.portal.http.get(self.metadata["jwks_uri"]).json())
        algorithm = client.registration.get("id_token_signed_response_alg", "RS256")
        return lambda token: checks.id_token(
            token,
            keys=keys,
            issuer=self.issuer,
            client_id=client.id,
            now=self.world.seconds(),
            nonce=request.nonce,
            algorithm=algorithm,
        )

    def _front_hashes(self, claims: JsonObject, answer: Answer) -> None:
        """Core 3.2.2.10, 3.3.2.11: what stands beside an ID token is bound to it."""
        if self.variant.gives_token:
            assert claims["at_hash"] == checks.half_hash(answer["access_token"])
        if self.variant.gives_code:
            assert claims["c_hash"] == checks.half_hash(answer["code"])

    def _back_hashes(self, claims: JsonObject, answer: Answer, tokens: JsonObject) -> None:
        assert claims.get("at_hash") in (None, checks.half_hash(tokens["access_token"]))
        assert claims.get("c_hash") in (None, checks.half_hash(answer["code"]))

    def userinfo(self, outcome: Outcome) -> JsonObject:
        """Return what userinfo tells a GET."""
        return checks.userinfo(outcome.client.portal.ask_userinfo(outcome.access), outcome.claims["sub"])

    def told(self, outcome: Outcome) -> JsonObject:
        """Return what the scopes gave: in userinfo, or in the ID token when there is no access token (Core 5.4)."""
        return self.userinfo(outcome) if self.variant.has_access_token else outcome.claims
