"""Runs ``idp demo`` as a process of its own and reads what it tells the terminal."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORTS = 4
START_S = 60.0
STOP_S = 20.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the terminal's table."""

    who: str
    nir: str
    question: str
    answer: str


@dataclass(slots=True)
class Demo:
    """The demo on four ports, its data below a folder: what its terminal said, and nothing else."""

    folder: Path
    port: int
    rows: list[Row] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    @property
    def provider(self) -> str:
        return self.places["Espace privé"]

    @property
    def portal(self) -> str:
        return self.places["Portail partenaire"]

    @property
    def mailbox(self) -> str:
        return self.places["Boîte aux lettres"]

    def member(self, who: str) -> Row:
        """Return the row that begins so."""
        return next(row for row in self.rows if row.who.startswith(who))

    def start(self) -> None:
        """Start it and read the terminal until it says how to stop."""
        self.rows.clear()
        self.places.clear()
        self._process = process = command(self.port, self.folder)
        said = []
        guard = threading.Timer(START_S, process.kill)
        guard.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line)
                self._read(line)
                if line.startswith("Ctrl-C"):
                    return
        finally:
            guard.cancel()
        raise AssertionError("the demo did not start:\n" + "".join(said))

    def stop(self, number: signal.Signals) -> int:
        """Send a signal if it runs; return the exit code."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        if process.poll() is None:
            process.send_signal(number)
        code = process.wait(STOP_S)
        process.stdout.close()
        return code

    def _read(self, line: str) -> None:
        if line.startswith("│"):
            self.rows.append(Row(*(cell.strip() for cell in line.strip().strip("│").split("│"))))
        name, found, address = line.partition("  http://")
        if found:
            self.places[name.strip()] = "http://" + address.strip()


@contextmanager
def running_demo(folder: Path) -> Iterator[Demo]:
    """Run a demo on free ports."""
    running = Demo(folder, free_ports())
    try:
        running.start()
        yield running
    finally:
        code = running.stop(signal.SIGTERM)
    assert code == 0


def command(port: int, folder: Path) -> subprocess.Popen[str]:
    """Start ``idp demo``; its data lie below the folder in which it is started."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    return subprocess.Popen(
        [sys.executable, "-m", "idp", "demo", "--port", str(port)],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )


def free_ports() -> int:
    """Return the first of four free ports in a row, below those the system lends out."""
    for _ in range(200):
        first = 20_000 + PORTS * secrets.randbelow(3000)
        if all(is_free(first + offset) for offset in range(PORTS)):
            return first
    raise AssertionError("no four free ports in a row")


def is_free(port: int) -> bool:
    """Whether nothing listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
