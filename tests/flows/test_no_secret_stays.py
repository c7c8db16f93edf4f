"""After the whole story of a member nothing readable stays: no number, password, cookie or serial (laws 3 and 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import StringIO
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from idp.accounts.grammar import normalize
from idp.kernel.clock import MINUTE
from idp.members.nir import key_of, read_nir
from idp.storage.tables import metadata
from tests.flows.story import PHONE, enroll_to, path
from tests.support.browser import Browser
from tests.support.house import BACK, CARD, MAIL, PASSWORD, Running, change_password, sign_in, word_of
from tests.support.smtp import part

WRONG_WORD = "Faux-mot-de-passe-1"
WRONG_SERIAL = "31415926535"
UNKNOWN = "2530749588157"
TYPED_ADDRESS = "camille.vasseur@premier.example"


@dataclass
class Story:
    """What was typed, given and shown, by name, and every page that was opened."""

    running: Running
    logged: StringIO
    secrets: dict[str, str] = field(default_factory=dict)
    pages: list[str] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)

    def keep_cookies(self, browser: Browser) -> None:
        for name, value in browser.client.cookies.items():
            self.secrets[f"{name} {len(self.secrets)}"] = value


@pytest.fixture
def story(running: Running, logged: StringIO) -> Story:
    """A wrong number and serial, two mails, a mistyped and a wrong word, the change, out, in with slips, out."""
    told = Story(running, logged)
    spaced = f"2 85 03 59 350 117 {key_of(read_nir(CARD.nir))}"
    for number in (CARD.nir, BACK.nir, UNKNOWN, spaced, spaced.replace(" ", "")):
        told.secrets[f"number {len(told.secrets)}"] = number
    told.secrets |= {"card": CARD.serial, "other card": BACK.serial, "wrong card": WRONG_SERIAL}
    told.secrets |= {"password": PASSWORD, "wrong password": WRONG_WORD}
    with running.browser() as other:
        enroll_to(other, "verification", BACK)
        other.submit({"answer": WRONG_SERIAL})
        told.keep_cookies(other)
    with running.browser() as browser:
        enroll_to(browser, "identifiant")
        for typed in (UNKNOWN, CARD.nir[:12], spaced):
            browser.submit({"nir": typed})
        told.keep_cookies(browser)
        browser.submit()
        browser.submit({"email": TYPED_ADDRESS, "phone": PHONE})
        browser.submit({"answer": CARD.nir})
        browser.submit({"answer": CARD.serial})
        browser.submit({"email": MAIL})
        browser.submit()
        browser.submit({"accept": "yes"})
        told.keep_cookies(browser)
        running.deliver()
        running.clock.advance(MINUTE)
        browser.submit({"action": "resend"})
        words = running.deliver()
        for word in words:
            told.secrets |= {f"word {word[:2]}": word, f"plain {word[:2]}": normalize(word)}
            told.secrets[f"lower {word[:2]}"] = word.lower()
        mistyped = words[0][:-1] + ("A" if words[0][-1] != "A" else "B")
        told.secrets["mistyped"] = mistyped
        for wrong in (WRONG_WORD, mistyped, words[0] + "x", words[1].lower()):
            sign_in(browser, wrong)
        told.keep_cookies(browser)
        browser.submit({"new_password": WRONG_WORD, "new_password_again": PASSWORD})
        browser.submit({"new_password": f"Moi-{CARD.nir}", "new_password_again": f"Moi-{CARD.nir}"})
        change_password(browser)
        assert path(browser) == "/espace"
        told.keep_cookies(browser)
        for address in (f"/{CARD.nir}?nir={CARD.nir}", f"/inscription/{CARD.nir}?answer={CARD.serial}"):
            browser.client.get(address)
        browser.get("/deconnexion")
        browser.submit(action="/deconnexion")
        sign_in(browser, PASSWORD)
        told.keep_cookies(browser)
        told.pages.append(browser.get("/espace").response.text)
        browser.submit(action="/deconnexion")
        told.trail = browser.trail
    return told


def test_no_secret_stays_in_the_database_or_in_the_log(story: Story) -> None:
    kept = stored(story.running)
    for table in ("sessions", "enrollments", "passwords", "proof_slots", "audit_events", "outbox", "attempts"):
        assert kept[table], f"the story went through {table}"
    assert [(name, table) for name, secret in story.secrets.items() for table in kept if secret in kept[table]] == []
    logged = story.logged.getvalue()
    assert logged.count('"route": "enrollment:step"') > 20, "the story was logged"
    assert '"event": "post.done"' in logged
    assert [name for name, secret in story.secrets.items() if secret in logged] == []
    assert [line for line in logged.splitlines() if "?" in line] == [], "no line holds a query"
    private = (MAIL, TYPED_ADDRESS, PHONE, PHONE.replace(" ", ""), "+33639981234", CARD.birth_name, "Lille")
    assert [word for word in private if word in logged] == []


def stored(running: Running) -> dict[str, str]:
    """Return everything each table holds, as text."""
    kept = {}
    with running.house.database.begin(write=False) as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(table)).all()
            kept[table.name] = "\n".join(
                " ".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row) for row in rows
            )
    return kept


def test_no_mail_page_or_address_shows_more_than_the_one_word_of_a_mail(story: Story) -> None:
    messages = story.running.smtp.messages
    assert len(messages) == 2
    for message in messages:
        own = word_of(part(message, "plain"))
        whole = "\n".join([part(message, "plain"), part(message, "html"), *(str(v) for v in message.values())])
        assert {secret for secret in story.secrets.values() if secret in whole} == {own}
    assert [name for name, secret in story.secrets.items() for page in story.pages if secret in page] == []
    assert len(story.trail) > 20
    assert [url for url in story.trail if urlsplit(url).query] == []
    assert [name for name, secret in story.secrets.items() for url in story.trail if secret in url] == []
