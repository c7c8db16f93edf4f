"""Start, memory and mail: seconds from `idp serve` to discovery, MiB when idle, seconds from *accept* to SMTP.

Medians of five. Limits of the first release: 0.8 s, 90 MiB, 2 s.
"""

from __future__ import annotations

import statistics
import time

from rich.console import Console
from rich.table import Table

from bench.node import Node, prepared, serving
from idp.demo.people import PEOPLE
from idp.demo.person import Person
from tests.support.browser import Browser
from tests.support.smtp import SmtpServer, smtp_server

RUNS = 5
IDLE_SECONDS = 3.0
CARDS = [person for person in PEOPLE if person.serial and person.photo and person.situation == "particulier"]


def main() -> None:
    with smtp_server() as smtp, prepared(IDP_SMTP_URL=smtp.url) as home:
        starts, processor, idle, mails = [], [], [], []
        for run in range(RUNS):
            with serving(home) as node:
                starts.append(node.seconds)
                processor.append(node.cpu_seconds())
                time.sleep(IDLE_SECONDS)
                idle.append(node.memory_mib())
                mails.append(mail_seconds(node, smtp, CARDS[run % len(CARDS)], f"{run}@courriel.example"))
    table = Table("what", "median", "lowest", "highest", "limit")
    for what, values, unit, limit in (
        ("idp serve to discovery", starts, "s", "0.8 s"),
        ("its processor time", processor, "s", ""),
        ("resident when idle", idle, "MiB", "90 MiB"),
        ("terms accepted to SMTP", mails, "s", "2 s"),
    ):
        shown = [f"{value:.2f} {unit}" for value in (statistics.median(values), min(values), max(values))]
        table.add_row(what, *shown, limit)
    Console().print(table)


def mail_seconds(node: Node, smtp: SmtpServer, person: Person, address: str) -> float:
    """Enroll, and return the seconds between the click that accepts the terms and the server's acceptance."""
    before = len(smtp.messages)
    with Browser(node.home.issuer) as browser:
        browser.get("/inscription")
        browser.submit({"profile": "particulier"})
        browser.submit({"nir": person.nir})
        if browser.page is not None and "not_received" in str(browser.page.forms):
            browser.submit({"action": "not_received"})
        browser.submit()
        browser.submit({"email": address, "phone": "06 39 98 12 34"})
        browser.submit({"answer": person.serial})
        browser.submit()
        began = time.perf_counter()
        browser.submit({"accept": "yes"})
        while len(smtp.messages) == before:
            time.sleep(0.002)
        return time.perf_counter() - began


if __name__ == "__main__":
    main()
