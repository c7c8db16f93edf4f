"""A browser on the provider over SQLite, and the log as production writes it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from io import StringIO

import pytest
import structlog

from idp.kernel import log
from tests.support.browser import Browser
from tests.support.house import Running


@pytest.fixture
def browser(light: Running) -> Iterator[Browser]:
    with light.browser() as opened:
        yield opened


@pytest.fixture
def logged() -> Iterator[StringIO]:
    """Everything the process logs from here on."""
    stream = StringIO()
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    log.configure(stream=stream, json=True)
    yield stream
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)
