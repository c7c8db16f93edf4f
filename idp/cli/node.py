"""One node: serving, checking, sweeping, delivering, and its database."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from idp.cli.common import Json, group, opened, say
from idp.kernel import log
from idp.kernel.errors import OperatorError
from idp.settings import Settings, load

db = group("What `idp migrate` was called until 0.4.")


def serve(
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
    worker: Annotated[bool, typer.Option(help="Deliver the post in this process.")] = True,
) -> None:
    """Serve the provider."""
    import gc

    settings = load()
    log.configure()
    if worker and settings.enrollment_disclosure == "uniform":
        # A letter set in this process slows the visitor's next page, and only members get letters.
        raise OperatorError("IDP_ENROLLMENT_DISCLOSURE=uniform: run idp serve --no-worker, and idp worker beside it")
    if workers > 1:
        with opened():  # a process that cannot start is told here, once, and not by each worker again and again
            pass
        _listen("idp.cli.node:" + ("factory" if worker else "factory_without_post"), settings, host, port, workers)
        return
    # What a start loads stays for good: looking through it for garbage again and again costs a tenth of the start.
    gc.disable()
    from idp.app import build
    from idp.house import open_house

    application = build(open_house(settings), worker=worker)
    gc.freeze()
    gc.enable()
    _listen(application, settings, host, port, 1)


def _listen(application: Any, settings: Settings, host: str, port: int, workers: int) -> None:
    """Run the server until it is ended. A port that is taken was named in the log: status 1."""
    import uvicorn

    from idp.cli.serving import UVICORN

    log.get_logger().info("serving", issuer=settings.issuer, host=host, port=port, workers=workers)
    try:
        uvicorn.run(application, factory=workers > 1, host=host, port=port, workers=workers, **UVICORN)
    except SystemExit as ended:
        raise SystemExit(1 if ended.code else 0) from None


def factory(*, worker: bool = True) -> Any:
    """Build the application in one of several processes."""
    from idp.app import build
    from idp.house import open_house

    log.configure()
    return build(open_house(load()), worker=worker)


def factory_without_post() -> Any:
    """Build the application in one of several processes, the post left to ``idp worker``."""
    return factory(worker=False)


def check(as_json: Json = False) -> None:
    """Check settings, schema, keys and certificates, without serving; tell what waits in the post and what failed, and
    how FranceConnect answers."""
    import anyio

    from idp.app import make_post
    from idp.federating import make_upstream
    from idp.kernel.clock import moment
    from idp.kernel.keyring import lacking

    with opened() as house:
        missing = lacking(house.ring, house.keys, house.clock.now())
        upstream = make_upstream(house)
        examined = None if upstream is None else anyio.run(upstream.client.examine)
        lanes = make_post(house).lanes
        with house.begin(write=False) as unit:
            post = unit.outbox.state(house.clock.now())
    issuer = house.settings.issuer
    lost = len(post.failed) + sum(portal.logouts for portal in post.untold)
    lines = [f"ready: {issuer}", f"post: {post.waiting} waiting, {post.late} late, {lost} failed lately"]
    lines += [f"  {failed.kind} {failed.delivery or failed.job}: {failed.reason}" for failed in post.failed]
    lines += [
        f"  portal {portal.client}: not told of {portal.logouts} logouts, the last time: {portal.reason}"
        for portal in post.untold
    ]
    lines += [
        f"keys: the file {term.entry.name}.pem is missing or differs on this node, and signs from "
        f"{moment(term.starts):%Y-%m-%d %H:%M:%S} UTC: carry it here before then"
        for term in missing
        if term.starts is not None
    ]
    names = [term.entry.name for term in missing]
    value: dict[str, Any] = {"ready": True, "issuer": issuer, "lanes": list(lanes), "post": asdict(post)}
    value["missing_keys"] = names
    if examined is not None:
        state = "answers" if examined.reason is None else f"does not answer as it should: {examined.reason}"
        apart = "" if not examined.seconds_apart else f", its clock {examined.seconds_apart:+d} s from ours"
        lines.append(f"upstream: {state}{apart}")
        value["upstream"] = asdict(examined)
    say(as_json, "\n".join(lines), value)


def sweep(as_json: Json = False) -> None:
    """Delete what is past its time; run it every night."""
    from idp.adapters.letter_spool import LetterSpool
    from idp.adapters.mail_folder import MailFolder
    from idp.kernel.clock import DAY
    from idp.storage.sweep import sweep as sweep_database

    with opened() as house:
        gone = sweep_database(house.database)
        gone["mails"] = MailFolder(house.settings.mail_folder).sweep(house.clock.now() - 3 * DAY)
        if house.settings.letters_dir is not None:
            gone["letters"] = LetterSpool(house.settings.path(house.settings.letters_dir), clock=house.clock).sweep()
    say(as_json, ", ".join(f"{count} {name}" for name, count in gone.items() if count) or "nothing to do", gone)


def worker() -> None:
    """Deliver the post in a process of its own, until it is ended."""
    import signal
    import threading

    from idp.app import make_post
    from idp.house import open_house

    log.configure()
    house = open_house(load())
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    post = make_post(house)
    post.start()
    stop.wait()
    post.stop()
    house.close()


@db.command("upgrade")
def migrate(as_json: Json = False) -> None:
    """Bring the schema to the newest revision; safe to repeat."""
    from idp.kernel.clock import SystemClock
    from idp.storage.database import Database
    from idp.storage.migrate import upgrade

    database = Database(load().database, SystemClock())
    upgrade(database)
    database.close()
    say(as_json, "the schema is current", {"schema": "current"})
