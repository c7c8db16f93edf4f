"""One log line per event, as JSON or for a terminal, each with the correlation id of its request (structlog).

Nothing logs a query string, a form value, a secret or a NIR; the ``authlib`` logger is capped at INFO because its
DEBUG lines print tokens (facts: trap 20).
"""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager
from typing import TextIO

# structlog would load rich to print tracebacks with the values of variables: a tenth of the time of a start, and
# secrets in a log. Here it does not find it; who wants rich (the command line) imports it later all the same.
_RICH = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment]
try:
    import structlog
finally:
    del sys.modules["rich"]
    if _RICH is not None:
        sys.modules["rich"] = _RICH


def configure(*, stream: TextIO | None = None, json: bool | None = None) -> None:
    """Set the whole process's logging up. ``json`` defaults to: unless the stream is a terminal."""
    out = stream or sys.stderr
    as_json = not out.isatty() if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    # The renderer for a terminal would else print the values of variables under a traceback.
    console = structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer() if as_json else console
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("authlib").setLevel(logging.INFO)


def correlated(reference: str) -> AbstractContextManager[None]:
    """Give every line logged within the correlation id of a request."""
    return structlog.contextvars.bound_contextvars(request=reference)


def get_logger() -> structlog.typing.FilteringBoundLogger:
    """Return the process's logger."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
