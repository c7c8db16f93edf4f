"""Where an answer leads: what every attack on redirects looks at."""

from __future__ import annotations

from tests.support.browser import Page

EVIL = "voleur.example"


def leads_nowhere(page: Page, trail: list[str]) -> bool:
    """Tell whether an answer is a page of ours, with no redirect, form, link or refresh to a foreign place."""
    sent = page.response
    ends = [form.action for form in page.forms] + [href for href, _ in page.links]
    return (
        400 <= page.status < 500
        and "location" not in sent.headers
        and "refresh" not in sent.headers
        and "text/html" in sent.headers["content-type"]
        and EVIL not in sent.text
        and all(not end.startswith(("http", "//", "javascript")) or "caisse.example" in end for end in ends)
        and len(trail) == 1
    )
