"""A house with a linked account that meets the faults of its upstream one by one, and what to look at after each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from idp.demo.people import PEOPLE
from idp.federation.transactions import Link
from idp.kernel.clock import MINUTE
from tests.conformance.upstream_faults import NOT_STARTED, REACTIONS, WORKS
from tests.flows.story import rows
from tests.support.house import CARD, open_account
from tests.support.upstream import CALLBACK, Federated, Traveller

OTHER = next(person for person in PEOPLE if person.nir != CARD.nir and person.serial and person.photo)


@dataclass
class Faulty:
    """A house with one linked account, its upstream on its worst days, and what is logged meanwhile."""

    house: Federated
    logged: StringIO

    def ready(self) -> None:
        """Let the provider forget all faults; keys and metadata, whatever they are, are old."""
        self.house.mock.reset()
        self.house.jump(11 * MINUTE)
        self.house.choose(CARD)

    def warm(self) -> None:
        """Sign in once without a fault: keys and metadata are true, and fresh."""
        with self.house.traveller() as traveller:
            assert traveller.enter().path == "/espace"

    def cooled(self) -> None:
        """Have true keys and metadata that are old: they are asked for again, and are at hand if that fails."""
        self.warm()
        self.house.jump(11 * MINUTE)

    @contextmanager
    def unlinked(self) -> Iterator[Link]:
        """Take the account's link away, and put it back as it was, whatever came in its place."""
        issuer = self.house.mock.issuer
        ((account,),) = self.rows("SELECT account_id FROM upstream_links")
        kept = self.replace_link(account, issuer, None)
        assert kept is not None
        try:
            yield kept
        finally:
            self.replace_link(account, issuer, kept)

    def replace_link(self, account: str, issuer: str, new: Link | None) -> Link | None:
        """Put another link, or none, in the place of an account's; return the one that was there."""
        with self.house.running.house.begin() as unit:
            found = unit.upstream.link_for(account, issuer)
            if found is not None:
                unit.upstream.unlink(found.id)
            if new is not None:
                assert unit.upstream.link(new)
        return found

    def other_account(self) -> str:
        """Return the account of another member, opened on first need."""
        of_others = "SELECT id FROM accounts WHERE id NOT IN (SELECT account_id FROM upstream_links)"
        if not self.rows(of_others):
            open_account(self.house.running, OTHER, mail="autre@courriel.example")
        ((found,),) = self.rows(of_others)
        return str(found)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the logged lines of one event."""
        return [line for line in map(json.loads, self.logged.getvalue().splitlines()) if line["event"] == name]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return what the store holds."""
        return rows(self.house.running, statement)

    def kept(self) -> dict[str, Any]:
        """Return what a refusal must leave as it was."""
        return {
            "links": self.rows("SELECT account_id, issuer, sub, linked_at FROM upstream_links ORDER BY id"),
            "sessions": self.rows("SELECT count(*) FROM sessions"),
            "accounts": self.rows("SELECT count(*) FROM accounts"),
        }

    def asked(self) -> tuple[str, ...]:
        """Return what the provider was asked by us since the last browser set out, keys aside."""
        names = [entry["endpoint"] for entry in self.house.mock.log()]
        last = max((at for at, name in enumerate(names) if name in ("authorize", "discovery")), default=-1)
        return tuple(name for name in names[last + 1 :] if name != "jwks")

    def meets(self, name: str, times: int = 1) -> None:
        """Sign in with a fault waiting, and see that everything about the reaction is as the table says.

        ``times`` is 0 for a fault that would be over when keys are asked for a second time.
        """
        reaction, before = REACTIONS[name], self.kept()
        self.house.mock.fault(name, times)
        with self.house.traveller() as traveller:
            page = traveller.enter()
            assert (page.path, page.status, self.asked()) == (reaction.path, reaction.status, reaction.asked)
            self.check(traveller, before, signed_in=reaction is WORKS)

    def check(self, traveller: Traveller, before: dict[str, Any], *, signed_in: bool) -> None:
        """See that a session is there or not, that nothing else changed, and that nothing that was sent leaks."""
        page = traveller.page
        callbacks = [url for url in traveller.browser.trail if urlsplit(url).path == CALLBACK]
        sent = [pair for url in callbacks for pair in parse_qsl(urlsplit(url).query) if len(pair[1]) > 7]
        # The log names the error, one word, for the operator; the page names nothing.
        self._leaks_nothing(self.logged.getvalue(), {value for name, value in sent if name not in ("error", "iss")})
        if page.status == 400:
            self._leaks_nothing(page.response.text, {value for _, value in sent})
        assert page.status < 500 or page.path == NOT_STARTED.path
        assert ("idp_session" in traveller.browser.client.cookies) is signed_in
        after = self.kept()
        opened = after["sessions"][0][0] - before["sessions"][0][0]
        assert {**after, "sessions": None} == {**before, "sessions": None}
        assert opened == (1 if signed_in else 0)
        assert traveller.browser.client.get("/espace").status_code == (200 if signed_in else 303)

    def _leaks_nothing(self, shown: str, sent: set[str]) -> None:
        assert "eyJ" not in shown
        assert [value for value in sent if value in shown] == []
