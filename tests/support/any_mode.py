"""Reads an authorization response by whatever response mode it came: in the query, the fragment, or a form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from tests.support.browser import Browser, Page
from tests.support.portal import Attempt, Portal

KNOWN_MODES = ("query", "fragment", "form_post")
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*\Z")
"""What an ``error_description`` may hold (RFC 6749 4.1.2.1, 5.2)."""


@dataclass(frozen=True)
class Answer:
    """How an answer came, and its parameters, each of them once."""

    mode: str
    params: dict[str, str]
    page: Page


def modes_of(portal: Portal) -> list[str]:
    """Return the response modes that are advertised; one that this file cannot read is a failure."""
    modes = [str(mode) for mode in portal.metadata["response_modes_supported"]]
    assert set(modes) <= set(KNOWN_MODES)
    return modes


def answer_in(browser: Browser, portal: Portal, attempt: Attempt) -> Answer:
    """Return the answer that the browser just carries to the portal. Fails when there is none, or a bad one."""
    page, last = browser.page, browser.trail[-1]
    assert page is not None
    if not last.startswith(browser.base + "/"):
        base, mark, rest = re.match(r"([^?#]*)([?#]?)(.*)\Z", last, re.DOTALL).groups()  # type: ignore[union-attr]
        assert base == attempt.redirect_uri, last
        pairs = parse_qsl(rest, keep_blank_values=True, strict_parsing=True)
        answer = Answer("query" if mark == "?" else "fragment", dict(pairs), page)
        assert len(answer.params) == len(pairs), "a parameter came twice"
        assert mark
        assert "#" not in rest
    else:
        forms = [form for form in page.forms if form.action == attempt.redirect_uri]
        assert len(forms) == 1, f"{page.status} {page.url} {page.text[:300]}"
        answer = Answer("form_post", {name: value for name, value in forms[0].fields.items() if name}, page)
    assert answer.params.get("iss") == portal.issuer, "mix-up defence, RFC 9207"
    assert answer.params.get("state") == attempt.params.get("state")
    assert DESCRIPTION.match(answer.params.get("error_description", ""))
    return answer
