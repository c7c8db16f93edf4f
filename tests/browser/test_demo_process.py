"""The demo as a process: works without script, stops, starts again on its data, names a taken port."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.demo import PORTS, Demo, command, free_ports, is_free, running_demo
from tests.browser.visitor import PASSWORD, PORTAL, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Demo]:
    """A demo to stop: the folder's own is at work for the other tests, and their members are taken there."""
    with running_demo(tmp_path) as running:
        yield running


def test_without_script_then_stopped_and_started_again_on_the_same_data(chromium: Browser, own: Demo) -> None:
    row = own.member("Particulier, carte Vitale sans photo")
    with chromium.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700}) as context:
        visitor = Visitor.open(context, own)
        visitor.open_account(row, "henri@courriel.example")
        visitor.link(PORTAL).click()
        expect(visitor.page).to_have_url(f"{own.portal}/compte")
        visitor.sees("Bonjour Henri Delaunoy")
        assert len(visitor.codes()) == 1
    assert own.stop(signal.SIGINT) == 0
    assert all(is_free(own.port + offset) for offset in range(PORTS))
    own.start()
    with chromium.new_context(java_script_enabled=False) as context:
        visitor = Visitor.open(context, own)
        visitor.page.goto(own.portal)
        visitor.link("Se connecter avec ma caisse").click()
        visitor.sign_in(row, PASSWORD)
        visitor.sees("Bonjour Henri Delaunoy")
        assert visitor.claims()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    port = free_ports()
    with socket.create_server(("127.0.0.1", port + 2)):
        process = command(port, tmp_path)
        said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"{port + 2} (le portail)" in said
    assert not (tmp_path / "var").exists()


def test_the_table_names_every_place(demo: Demo) -> None:
    assert demo.provider == f"http://localhost:{demo.port}"
    assert demo.portal == f"http://localhost:{demo.port + 2}"
    assert demo.mailbox == f"http://localhost:{demo.port + 3}"
    assert len({row.nir for row in demo.rows}) == len(demo.rows) >= 10
