"""The demo's child processes: started apart from the terminal, watched, and stopped in order."""

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final

STOP_S: Final = 10.0
START_S: Final = 30.0
LAST_LINES: Final = 20


class Failed(Exception):
    """A step or a process ended as it should not. `str()` says which one and what it last wrote."""


class Stopped(Exception):
    """Somebody asked the demo to stop."""


@dataclass(frozen=True, slots=True)
class Child:
    """A long-lived process: its French name, the address where it answers, and where its output goes."""

    name: str
    url: str
    log: Path
    process: subprocess.Popen[bytes]


@dataclass(slots=True)
class Family:
    """Runs `program …` in `environment`, one-off steps and children, until told to stop.

    Children get a session of their own: Ctrl-C reaches this process alone, which then stops them itself.
    """

    environment: Mapping[str, str]
    logs: Path
    program: Sequence[str] = (sys.executable, "-m", "idp")
    _children: list[Child] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    def listen(self) -> None:
        """Take SIGINT and SIGTERM as the wish to stop."""
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)

    def step(self, name: str, arguments: Sequence[str]) -> None:
        """Run one command to its end. Raises `Failed` on a non-zero exit, `Stopped` when asked to stop."""
        log = self._log("-".join(arguments[:2]))
        process = self._start(arguments, log)
        while process.poll() is None:
            if self._stop.wait(0.05):
                _end(process)
                raise Stopped
        if process.returncode != 0:
            raise Failed(f"« {name} » a échoué (code {process.returncode}).\n{_tail(log)}")

    def child(self, name: str, arguments: Sequence[str], url: str) -> None:
        """Start a process and wait until `url` answers. Raises `Failed` (dead or silent) and `Stopped`."""
        log = self._log(name.replace(" ", "-"))
        self._children.append(Child(name, url, log, self._start(arguments, log)))
        deadline = time.monotonic() + START_S
        while not _answers(url):
            self.check()
            if time.monotonic() > deadline:
                raise Failed(f"« {name} » ne répond pas à {url}.\n{_tail(log)}")
            if self._stop.wait(0.1):
                raise Stopped

    def check(self) -> None:
        """Raise `Failed` if a child has died."""
        for child in self._children:
            if child.process.poll() is not None:
                code = child.process.returncode
                raise Failed(f"« {child.name} » s’est arrêté (code {code}).\n{_tail(child.log)}")

    def watch(self) -> None:
        """Wait until told to stop. Raises `Failed` when a child dies first."""
        while not self._stop.wait(0.5):
            self.check()

    def stop(self) -> None:
        """End every child, the last started first."""
        for child in reversed(self._children):
            _end(child.process)

    def _start(self, arguments: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603  # our own program, arguments of ours
                [*self.program, *arguments],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _log(self, name: str) -> Path:
        path = self.logs / f"{name}.log"
        path.touch(mode=0o600)
        return path

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stop.set()


def base_environment(home: Path, issuer: str) -> dict[str, str]:
    """This process's environment, with the provider pointed at the demo's folder and address."""
    return {**os.environ, "IDP_HOME": str(home), "IDP_ISSUER": issuer}


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  # an http address of ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-LAST_LINES:])
