"""After a whole portal story nothing readable stays: no code, token, secret, cookie, password or number (laws 3 and 5).

Mails may hold the one provisional password; addresses of ours hold a code, a state, a hint of an ID token and our ids.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from urllib.parse import parse_qsl, urlsplit

import pytest
import structlog
from sqlalchemy import select

from idp.kernel import log
from idp.storage.tables import metadata
from tests.conformance.test_par import push
from tests.conformance.world import World
from tests.support.browser import Browser
from tests.support.house import CARD, PASSWORD, Running, change_password, enroll, sign_in
from tests.support.portal import Portal, Refused, Tokens

OFFLINE = "openid profile email offline_access"
OURS = {"request", "id_token_hint", "state", "code", "client_id", "post_logout_redirect_uri", "iss"}
OUR_PAGES = {"request"}


@dataclass
class Story:
    """What a member, a browser and two portals held in their hands, and where the browser was."""

    running: Running
    words: StringIO
    secrets: dict[str, str] = field(default_factory=dict)
    trail: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def keep(self, name: str, value: str | None) -> None:
        assert value, name
        self.secrets[f"{name} {len(self.secrets)}"] = value

    def keep_tokens(self, tokens: Tokens) -> None:
        self.keep("access token", tokens.access)
        self.keep("refresh token", tokens.refresh)
        self.keep("ID token", tokens.id_token)

    def keep_cookies(self, browser: Browser) -> None:
        for name, value in browser.client.cookies.items():
            self.keep(name, value)


@pytest.fixture
def words() -> Iterator[StringIO]:
    """Everything the process logs, as in production."""
    stream = StringIO()
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log.configure(stream=stream, json=True)
    yield stream
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def story(running: Running, words: StringIO) -> Iterator[Story]:
    """Enroll on the way to a portal, change, tokens, mistakes, refresh, a replay, logout."""
    world, told = World(running), Story(running, words)
    portal, posting = world.portal(scope=OFFLINE), world.portal(
        scope=OFFLINE, token_endpoint_auth_method="client_secret_post", idp_access_token="jwt"
    )
    browser = world.browser()
    told.keep("secret", portal.secret)
    told.keep("secret", posting.secret)
    enroll(browser)
    told.keep_cookies(browser)
    provisional = running.deliver()[-1]
    told.keep("provisional password", provisional)
    attempt = portal.start(login_hint=CARD.nir)
    push(portal, attempt)
    told.asked.add(attempt.url)
    browser.get(attempt.url)
    browser.submit({"identifier": CARD.nir, "password": "Faux-mot-de-passe-1"})
    told.keep("wrong password", "Faux-mot-de-passe-1")
    sign_in(browser, provisional)
    told.keep_cookies(browser)
    change_password(browser)
    told.keep("own password", PASSWORD)
    told.keep_cookies(browser)
    code = portal.code(browser.trail, attempt)
    told.keep("code", code)
    tokens = portal.tokens(attempt, code)
    told.keep_tokens(tokens)
    portal.userinfo(tokens)
    push(portal, attempt, id_token_hint=tokens.id_token)
    later = portal.refresh(str(tokens.refresh))
    told.keep_tokens(later)
    blunders(told, portal, tokens)
    elsewhere = world.tokens(posting, browser)
    told.asked.add(browser.trail[-2])
    told.keep_tokens(elsewhere)
    assert posting.is_active(elsewhere.access)
    posting.revoke(str(elsewhere.refresh))
    with pytest.raises(Refused):
        portal.tokens(attempt, code)
    browser.get(portal.logout_url(later.id_token, post_logout_redirect_uri="http://127.0.0.1:9/fini", state="s"))
    told.asked.add(browser.trail[-2])
    told.trail = browser.trail
    told.keep("number", CARD.nir)
    told.keep("card", CARD.serial)
    yield told
    world.close()


def blunders(told: Story, portal: Portal, tokens: Tokens) -> None:
    """Secrets in wrong places, as portals send them."""
    http, endpoint = portal.http, portal.metadata["token_endpoint"]
    http.post(endpoint, data={"code": tokens.access, "grant_type": tokens.refresh, "client_id": CARD.nir})
    http.post(endpoint, data={"grant_type": "refresh_token"}, headers={"authorization": f"Basic {tokens.access}"})
    http.get(portal.metadata["userinfo_endpoint"], params={"access_token": tokens.access})
    for name in ("introspection_endpoint", "revocation_endpoint"):
        http.post(portal.metadata[name], params={"token": tokens.access}, data={"token_type_hint": tokens.access})
        http.post(portal.metadata[name], data={"token": tokens.refresh, "client_id": CARD.nir})
    http.get(portal.metadata["authorization_endpoint"], params={"client_id": CARD.nir, "state": CARD.nir})
    http.get(portal.issuer + f"/{CARD.nir}")
    http.get(f"{portal.issuer}/oidc/authorize/{CARD.nir}?code={tokens.access}")


def everything_stored(running: Running) -> dict[str, str]:
    found = {}
    with running.house.database.begin(write=False) as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(table)).all()
            found[table.name] = "\n".join(
                " ".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row) for row in rows
            )
    return found


def test_no_secret_stays_in_any_table(story: Story) -> None:
    stored = everything_stored(story.running)
    for table in ("grants", "refresh_tokens", "authorization_codes", "sessions", "outbox"):
        assert stored[table], f"the story went through {table}"
    assert [(name, table) for name, value in story.secrets.items() for table in stored if value in stored[table]] == []


def test_no_secret_stays_in_the_files_of_the_database(story: Story) -> None:
    if not story.running.house.database.is_sqlite:
        return  # PostgreSQL's files are its own
    for path in story.running.folder.glob("idp.db*"):
        raw = path.read_bytes()
        assert [name for name, value in story.secrets.items() if value.encode() in raw] == [], path.name


def test_no_secret_and_no_query_stays_in_a_log(story: Story) -> None:
    logged = story.words.getvalue()
    assert logged.count('"route": "oidc:token"') >= 5, "the story was logged"
    assert [name for name, value in story.secrets.items() if value in logged] == []
    assert "?" not in logged
    assert not re.search(r"[&?](code|state|id_token_hint)=", logged)


def test_no_secret_stays_in_a_mail_but_the_one_provisional_password(story: Story) -> None:
    mails = "\n".join(str(message) for message in story.running.smtp.messages)
    found = [name for name, value in story.secrets.items() if value in mails]
    assert all(name.startswith("provisional password") for name in found), found


def test_addresses_of_ours_hold_nothing_but_ids_codes_states_and_hints(story: Story) -> None:
    issuer = story.running.url
    hidden = {n: v for n, v in story.secrets.items() if not n.startswith(("code", "ID token"))}
    for url in story.trail:
        if url in story.asked:
            continue  # the portal wrote this one
        assert [name for name, value in hidden.items() if value in url] == [], url
        names = {name for name, _ in parse_qsl(urlsplit(url).query)}
        assert names <= (OUR_PAGES if url.startswith(issuer) else OURS), url
