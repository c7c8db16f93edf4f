"""A browser without script over real HTTP: follows redirects, keeps cookies, fills the forms it finds on a page."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import httpx2

from tests.support.http import client


@dataclass
class Form:
    """A form as the page gives it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.title = ""
        self.words: list[str] = []
        self._inside: Form | None = None
        self._silent = 0
        self._tag = ""
        self._link: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._tag = tag
        if tag in ("style", "title"):
            self._silent += 1
        if tag == "a":
            self._link = values.get("href")
            self.links.append((values.get("href", ""), ""))
        if tag == "form":
            self._inside = Form(values.get("action", ""), values.get("method", "get").lower())
            self.forms.append(self._inside)
        elif self._inside is not None and tag == "input":
            kind = values.get("type", "text")
            if kind == "hidden" or (kind not in ("radio", "checkbox", "submit")):
                self._inside.fields[values.get("name", "")] = values.get("value", "")
        elif self._inside is not None and tag == "button" and values.get("name"):
            self._inside.buttons.append((values["name"], values.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "title"):
            self._silent -= 1
        if tag == "form":
            self._inside = None
        if tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._tag == "title" and self._silent:
            self.title += data
        if not self._silent and data.strip():
            self.words.append(data.strip())
            if self._link is not None:
                href, text = self.links[-1]
                self.links[-1] = (href, f"{text} {data.strip()}".strip())


class Page:
    """One answer, read as a page."""

    def __init__(self, response: httpx2.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.url = str(response.url)
        reader = _Reader()
        reader.feed(response.text if "html" in response.headers.get("content-type", "") else "")
        self.forms = reader.forms
        self.links = reader.links
        self.title = " ".join(reader.title.split())
        self.text = " ".join(" ".join(reader.words).split())

    @property
    def path(self) -> str:
        """The path of the address bar."""
        return httpx2.URL(self.url).path

    def form(self, action: str | None = None) -> Form:
        """Return the form that posts to an address ending so, best to that very one; else the page's own."""
        wanted = self.path if action is None else action
        found = [form for form in self.forms if form.method == "post" and form.action.split("?")[0].endswith(wanted)]
        found.sort(key=lambda form: form.action.split("?")[0] != wanted)
        assert found, f"no form to {wanted} on {self.url} ({self.status}): {self.text[:400]}"
        return found[0]


class Browser:
    """One browser: cookies of its own. It follows to the provider, and to the sites of ``also``."""

    def __init__(self, base: str, *, headers: dict[str, str] | None = None, also: tuple[str, ...] = ()) -> None:
        self.base = base
        self._sites = tuple(f"{site}/" for site in (base, *also))
        self.client = client(base_url=base, headers=headers or {})
        self.page: Page | None = None
        self.trail: list[str] = []

    def close(self) -> None:
        self.client.close()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def get(self, url: str) -> Page:
        """Open an address and follow redirects until one leaves the provider."""
        return self._follow(self.client.get(url))

    def post(self, url: str, data: dict[str, str], headers: dict[str, str] | None = None) -> Page:
        """Post fields to an address."""
        return self._follow(self.client.post(url, data=data, headers=headers or {}))

    def post_from(self, origin: str, url: str, data: dict[str, str]) -> Page:
        """Post fields from a page of another site: no cookie of the provider's goes along (SameSite=Lax)."""
        kept = list(self.client.cookies.jar)
        self.client.cookies.clear()
        headers = {"origin": origin, "sec-fetch-site": "cross-site"}
        response = self.client.post(url, data=data, headers=headers)
        for cookie in kept:
            self.client.cookies.jar.set_cookie(cookie)
        return self._follow(response)

    def submit(
        self, fields: dict[str, str] | None = None, *, action: str | None = None, page: Page | None = None
    ) -> Page:
        """Fill a form of the page and send it; hidden fields go along."""
        shown = page or self.page
        assert shown is not None
        form = shown.form(action)
        target = urljoin(shown.url, form.action)
        return self.post(target, {**form.fields, **(fields or {})})

    def _follow(self, response: httpx2.Response) -> Page:
        for _ in range(12):
            self.trail.append(str(response.url))
            if response.status_code not in (301, 302, 303, 307) or "location" not in response.headers:
                break
            target = urljoin(str(response.url), response.headers["location"])
            if not target.startswith(self._sites):
                self.trail.append(target)
                break
            response = self.client.get(target)
        self.page = Page(response)
        return self.page
