"""The examples of ``docs/portals.md`` as processes of their own, started by the very lines that the page prints."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from idp.oidc.registration import remove_client
from idp.storage.tables import grants, refresh_tokens
from tests.support.browser import Browser, Page
from tests.support.house import PASSWORD, Running, sign_in
from tests.support.upstream import free_port

DOCS = Path(__file__).resolve().parents[2] / "docs"
START_S = 30.0
STOP_S = 10.0


@dataclass
class Portal:
    """An example that answers."""

    running: Running
    client_id: str
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def said(self) -> str:
        """Return what the process wrote."""
        return self.log.read_text("utf-8", "replace")

    def refreshed(self) -> int:
        """Return how many refresh tokens of this portal were spent at the provider."""
        spent = (
            select(func.count())
            .select_from(refresh_tokens.join(grants, refresh_tokens.c.family == grants.c.id))
            .where(grants.c.client_id == self.client_id, refresh_tokens.c.first_used_at.is_not(None))
        )
        with self.running.house.database.begin(write=False) as connection:
            return int(connection.execute(spent).scalar_one())


    def revoke(self) -> None:
        """Let the provider honour nothing any more of what this portal was given."""
        theirs = select(grants.c.id).where(grants.c.client_id == self.client_id)
        with self.running.house.database.begin(write=False) as connection:
            found = [row.id for row in connection.execute(theirs)]
        with self.running.house.begin() as unit:
            for one in found:
                unit.grants.revoke(one, self.running.clock.now())


def needs(program: str) -> None:
    """Skip a test that lacks a program or a file, or fail where every test must run."""
    if shutil.which(program) is None and not Path(program).exists():
        reason = f"no {program}: make foreign"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)


@contextmanager
def example(running: Running, name: str, **changed: str) -> Iterator[Portal]:
    """Register the example as its ``client.json`` says, on a free port, and run it as the page says.

    ``changed`` are variables that the test sets otherwise than the page prints.
    """
    source, port = DOCS / "portals" / name, free_port()
    if (source / "package.json").exists():
        needs("node")
        needs(str(source / "node_modules"))
    exports, line = _section(name)
    printed = dict(re.findall(r"([A-Z_]+)=(\"[^\"]*\"|\S+)", exports))
    metadata = json.loads(_moved((source / "client.json").read_text("utf-8"), printed["PORT"], port))
    client_id = running.add_client(**metadata)
    assert client_id == printed["CLIENT_ID"]
    told = {"ISSUER": running.url, "PORT": str(port), **changed}
    if secret := running.clients[client_id]:
        told["CLIENT_SECRET"] = secret
    assert set(told) <= set(printed)
    set_otherwise = "\n".join(f"export {variable}={shlex.quote(value)}" for variable, value in told.items())
    # A copy that everybody may read: Apache gives up being root, and a checkout may lie where only root reads.
    with tempfile.TemporaryDirectory(prefix="idp-portal-") as place:
        folder, log = Path(place, name), Path(place, "log")
        shutil.copytree(source, folder, symlinks=True)
        subprocess.run(["chmod", "-R", "a+rX", place], check=True)
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["sh", "-ec", f"{exports}\n{set_otherwise}\nexec {line}"],
                cwd=folder,
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        portal = Portal(running, client_id, f"http://localhost:{port}", process, log)
        try:
            _await(portal, port)
            yield portal
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_S)
            with running.house.begin() as unit:
                remove_client(unit, client_id)


def story(running: Running, name: str) -> dict[str, Any]:
    """Sign in, refresh, be refused, sign in again and out at an example with the usual addresses; return what it knew.

    The second sign-in needs no page: the session at the provider lives.
    """
    with example(running, name) as portal, Browser(running.url, also=(portal.url,)) as browser:
        assert shown(portal, browser.get(portal.url + "/")).status == 200
        browser.get(portal.url + "/login")
        sign_in(browser, PASSWORD)
        first = known(portal, browser)
        assert first["refreshed"] == portal.refreshed() == 0
        browser.submit(action="/refresh")
        second = known(portal, browser)
        assert second["refreshed"] == portal.refreshed() == 1
        assert second["claims"]["sub"] == first["claims"]["sub"]
        assert second["claims"]["auth_time"] == first["claims"]["auth_time"]
        assert second["userinfo"] == first["userinfo"]
        portal.revoke()
        assert "Sign in" in shown(portal, browser.submit(action="/refresh")).text
        browser.get(portal.url + "/login")
        assert known(portal, browser)["claims"]["sub"] == first["claims"]["sub"]
        signed_out(portal, browser.submit(action="/logout"), browser)
        return first


def known(portal: Portal, browser: Browser) -> dict[str, Any]:
    """Return what the portal's first page says it knows."""
    assert browser.page is not None
    page = shown(portal, browser.page)
    assert page.url.split("?")[0] == portal.url + "/", f"{page.url}: {page.text}\n{portal.said()}"
    found = re.search(r"\{.*\}", page.text)
    assert found, f"{page.text}\n{portal.said()}"
    told: dict[str, Any] = json.loads(found[0])
    return told


def signed_out(portal: Portal, page: Page, browser: Browser) -> None:
    """Expect the portal's first page as nobody sees it, and nobody signed in at the provider."""
    assert shown(portal, page).url.split("?")[0] == portal.url + "/", page.url
    assert "Sign in" in page.text
    assert browser.get("/espace").path == "/connexion"


def shown(portal: Portal, page: Page) -> Page:
    """Expect a page, not an error."""
    assert page.status == 200, f"{page.status} {page.url}: {page.text}\n{portal.said()}"
    return page


def _section(name: str) -> tuple[str, str]:
    """Return the ``export`` lines of a section's commands, and the last line, which starts the portal."""
    text = (DOCS / "portals.md").read_text("utf-8")
    section = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL | re.IGNORECASE)
    assert section, f"docs/portals.md has no section {name}"
    block = re.search(r"^```sh\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
    assert block, name
    *before, line = block[1].strip().splitlines()
    assert f"idp clients add docs/portals/{name}/client.json" in block[1]
    return "\n".join(one for one in before if one.startswith("export ")), line


def _moved(text: str, printed: str, port: int) -> str:
    assert f"http://localhost:{printed}/" in text, "client.json and the page name one port"
    return text.replace(f"http://localhost:{printed}/", f"http://localhost:{port}/")


def _environment() -> dict[str, str]:
    """Return this process's environment: our Python first, and nothing of the provider's settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return {**kept, "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}:/usr/sbin"}


def _await(portal: Portal, port: int) -> None:
    late = time.monotonic() + START_S
    while time.monotonic() < late:
        assert portal.process.poll() is None, f"it ended: {portal.said()}"
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"it does not answer: {portal.said()}")
