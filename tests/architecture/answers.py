"""Every GET of the running provider, and the browsers that ask: nobody, and members at every stage of the story."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

from starlette.routing import Route

from idp.app import build
from idp.demo.people import PEOPLE
from idp.enrollment import recovery
from idp.enrollment.steps import WALK
from idp.house import House
from idp.kernel.ids import new_id
from idp.storage.tables import metadata
from idp.web.pages import Statics
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, PASSWORD, Running, enroll, open_account, sign_in

OTHER = next(p for p in PEOPLE if p.serial and p.photo and p.situation == "particulier" and p is not CARD)
SEEN = "seen_at"
"""The one thing a GET may write: when a session was last here, at most once a minute."""


def routes(house: House) -> list[Route]:
    """Return the routes of the application as the composition root lists them."""
    envelope: Any = build(house, worker=False)
    return [route for route in envelope._app.router.routes if isinstance(route, Route)]


def paths(house: House) -> list[str]:
    """Return an address for every route that answers GET, every step of enrollment among them."""
    statics = Statics()
    known = {
        "slug": [*(step.slug for walk in (WALK, recovery.WALK) for step in walk.steps), "nowhere"],
        "request": [new_id(), "no-id"],
        "client_id": [new_id(), "no/client"],
        "file": [statics.path(name) for name in statics.contents],
    }
    found: list[str] = []
    for route in routes(house):
        if "GET" not in (route.methods or ()):
            continue
        if route.name == "pages:static":
            found += known["file"]
            continue
        names = sorted(route.param_convertors)
        for values in product(*(known[name] for name in names)):
            found.append(route.path_format.format(**dict(zip(names, values, strict=True))))
    return found


def dump(running: Running) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every table, without the instants at which sessions were last seen."""
    held: dict[str, list[tuple[object, ...]]] = {}
    with running.house.database.begin(write=False) as connection:
        for table in metadata.sorted_tables:
            columns = [column for column in table.columns if column.name != SEEN]
            held[table.name] = sorted(
                (tuple(row) for row in connection.execute(table.select().with_only_columns(*columns))), key=repr
            )
    return held


@contextmanager
def browsers(running: Running) -> Iterator[dict[str, Browser]]:
    """Open browsers at the stages of the story: a new one, one on the way, one owing the change, one at home."""
    with (
        running.browser() as nobody,
        running.browser() as enrolling,
        running.browser() as owing,
        running.browser() as home,
    ):
        open_account(running)
        sign_in(home, PASSWORD)
        assert home.page is not None
        assert home.page.path == "/espace"
        enroll(owing, OTHER, mail=MAIL)
        sign_in(owing, running.deliver()[-1], OTHER)
        assert owing.page is not None
        assert owing.page.path == "/mot-de-passe"
        enrolling.get("/inscription")
        enrolling.submit({"profile": "particulier"})
        yield {"nobody": nobody, "enrolling": enrolling, "owing": owing, "home": home}
