"""A provider of its own for a measurement: a home, a database, keys, members and one `idp serve`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from idp.demo.members import write_members

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Home:
    """A prepared home folder, and the environment that names it."""

    folder: Path
    port: int
    environment: dict[str, str]

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def idp(self, *words: str) -> str:
        """Run one command to its end; return what it said."""
        ran = subprocess.run(  # noqa: S603 (our own program, words of ours)
            [sys.executable, "-m", "idp", *words],
            env=self.environment,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        return ran.stdout


@dataclass(frozen=True, slots=True)
class Node:
    """A provider that answers: how long that took, and its process."""

    home: Home
    process: subprocess.Popen[bytes]
    seconds: float

    def memory_mib(self) -> float:
        """Return the resident memory."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    def cpu_seconds(self) -> float:
        """Return the processor time spent so far, user and system."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def prepared(**settings: str) -> Iterator[Home]:
    """Make a home with schema, keys and the demo's members."""
    with tempfile.TemporaryDirectory(prefix="idp-bench-") as name:
        folder = Path(name)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        plain = {key: value for key, value in os.environ.items() if not key.startswith("IDP_")}
        environment = {**plain, "IDP_HOME": name, "IDP_ISSUER": f"http://127.0.0.1:{port}", **settings}
        home = Home(folder, port, environment)
        home.idp("migrate")
        home.idp("keys", "init")
        write_members(folder / "members", date.today())  # noqa: DTZ011 (payments count back from today)
        home.idp("members", "import", str(folder / "members"))
        yield home


@contextmanager
def serving(home: Home) -> Iterator[Node]:
    """Run `idp serve` and wait for discovery."""
    discovery = f"{home.issuer}/.well-known/openid-configuration"
    with (home.folder / "serve.log").open("ab") as log:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-m", "idp", "serve", "--port", str(home.port)],
            env=home.environment,
            cwd=ROOT,
            stderr=log,
        )
    try:
        while not _answers(discovery):
            if process.poll() is not None:
                raise SystemExit((home.folder / "serve.log").read_text("utf-8"))
            time.sleep(0.005)
        yield Node(home, process, time.perf_counter() - began)
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (a fixed http URL)
            return bool(answer.status == 200)
    except OSError:
        return False
