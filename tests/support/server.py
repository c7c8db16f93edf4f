"""An application on a real port, in a thread: there when it answers, and gone when it is told to go."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from idp.cli.serving import UVICORN

PATIENCE_S = 10


class _Server(uvicorn.Server):
    """uvicorn's server looks ten times a second whether it is to stop, and then waits a tenth of a second more.

    The tests stop hundreds of them, so this one is told, and ends as soon as every connection and task has.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """End; called from another thread, once the server has started."""
        assert self._loop is not None
        # A loop that is closed already has ended by itself.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._told.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        ticking = asyncio.create_task(super().main_loop())
        await self._told.wait()
        ticking.cancel()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        late = time.monotonic() + PATIENCE_S
        # uvicorn tells nobody when the last of them has gone.
        while (self.server_state.connections or self.server_state.tasks) and time.monotonic() < late:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        for task in self.server_state.tasks:
            task.cancel()
        await self.lifespan.shutdown()


@contextmanager
def served(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Run an application on a bound socket, as ``idp serve`` runs it."""
    server = _Server(uvicorn.Config(app, lifespan="on", **UVICORN))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the provider did not start"
            time.sleep(0.001)
        yield
    finally:
        server.stop()
        thread.join(PATIENCE_S)
