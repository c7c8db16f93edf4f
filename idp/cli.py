"""The operator's commands, one function each. Exit 0, 1 failed, 2 usage; errors are one truthful sentence."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from idp.kernel import log
from idp.kernel.errors import OperatorError
from idp.settings import Settings, load

if TYPE_CHECKING:
    from idp.app import House

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
db = typer.Typer(no_args_is_help=True, help="The database.")
keys = typer.Typer(no_args_is_help=True, help="The keys.")
members = typer.Typer(no_args_is_help=True, help="Whom the fund knows.")
clients = typer.Typer(no_args_is_help=True, help="The portals.")
terms = typer.Typer(no_args_is_help=True, help="The general conditions.")
demo = typer.Typer(invoke_without_command=True, help="The whole story on this machine.")
for name, group in (("db", db), ("keys", keys), ("members", members), ("clients", clients), ("terms", terms)):
    app.add_typer(group, name=name)
app.add_typer(demo, name="demo")

Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def main() -> None:
    """Run the program."""
    try:
        app()
    except OperatorError as error:
        print(f"idp: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _read(path: Path) -> str:
    """Return a file the operator named. Raises ``OperatorError`` when it cannot be read."""
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise OperatorError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise OperatorError(f"{path} is not UTF-8") from None


@contextmanager
def _opened() -> Iterator[House]:
    """Open this node's database and keys for one command."""
    from idp.app import open_house

    house = open_house(load())
    try:
        yield house
    finally:
        house.close()


def _say(as_json: bool, text: str, value: dict[str, Any]) -> None:
    print(json.dumps(value, ensure_ascii=False) if as_json else text)


@app.command()
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
    if workers > 1:
        with _opened():  # a process that cannot start is told here, once, and not by each worker again and again
            pass
        _listen("idp.cli:" + ("factory" if worker else "factory_without_post"), settings, host, port, workers)
        return
    # What a start loads stays for good: looking through it for garbage again and again costs a tenth of the start.
    gc.disable()
    from idp.app import build, open_house

    application = build(open_house(settings), worker=worker)
    gc.freeze()
    gc.enable()
    _listen(application, settings, host, port, 1)


def _listen(application: Any, settings: Settings, host: str, port: int, workers: int) -> None:
    """Run the server until it is ended. A port that is taken was named in the log: status 1."""
    import uvicorn

    log.get_logger().info("serving", issuer=settings.issuer, host=host, port=port, workers=workers)
    try:
        uvicorn.run(application, factory=workers > 1, host=host, port=port, workers=workers, **_UVICORN)
    except SystemExit as ended:
        raise SystemExit(1 if ended.code else 0) from None


_UVICORN: dict[str, Any] = {
    "access_log": False,
    "log_config": None,
    "proxy_headers": False,
    "server_header": False,
    "ws": "none",
    "timeout_graceful_shutdown": 15,
}


def factory(*, worker: bool = True) -> Any:
    """Build the application in one of several processes."""
    from idp.app import build, open_house

    log.configure()
    return build(open_house(load()), worker=worker)


def factory_without_post() -> Any:
    """Build the application in one of several processes, the post left to ``idp worker``."""
    return factory(worker=False)


@app.command()
def check(as_json: Json = False) -> None:
    """Check settings, schema and keys, without serving."""
    with _opened() as house:
        _say(as_json, f"ready: {house.settings.issuer}", {"ready": True, "issuer": house.settings.issuer})


@app.command()
def sweep(as_json: Json = False) -> None:
    """Delete what is past its time; run it every night."""
    from idp.adapters.mail_folder import MailFolder
    from idp.kernel.clock import DAY
    from idp.storage.sweep import sweep as sweep_database

    with _opened() as house:
        gone = sweep_database(house.database)
        gone["mails"] = MailFolder(house.settings.mail_folder).sweep(house.clock.now() - 3 * DAY)
    _say(as_json, ", ".join(f"{count} {name}" for name, count in gone.items() if count) or "nothing to do", gone)


@app.command()
def worker() -> None:
    """Deliver the post in a process of its own, until it is ended."""
    import signal
    import threading

    from idp.app import make_pages, make_worker, open_house

    settings = load()
    log.configure()
    house = open_house(settings)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    post = make_worker(house, make_pages(settings, lambda name, **_: {"signin:login": "/connexion"}[name]))
    post.start()
    stop.wait()
    post.stop()
    house.close()


@db.command("upgrade")
def db_upgrade(as_json: Json = False) -> None:
    """Bring the schema to the newest revision; safe to repeat."""
    from idp.kernel.clock import SystemClock
    from idp.storage.database import Database
    from idp.storage.migrate import upgrade

    database = Database(load().database, SystemClock())
    upgrade(database)
    database.close()
    _say(as_json, "the schema is current", {"schema": "current"})


@keys.command("init")
def keys_init(as_json: Json = False) -> None:
    """Make the first key of every purpose and enter the folder's keys into the ring; safe to repeat."""
    made, entered = _make_keys(load())
    _say(as_json, f"{made} keys made, {entered} entered into the ring", {"made": made, "entered": entered})


def _make_keys(settings: Settings) -> tuple[int, int]:
    """Make the first key of every purpose that neither folder nor ring has, enter the folder's keys into the ring.

    Returns (made, entered). A node whose folder lacks a key of the ring is told by ``serve`` and ``check``: another
    key is never made in its place.
    """
    import secrets

    from idp.adapters import key_folder
    from idp.kernel.audit import AuditEvent, Tag
    from idp.kernel.clock import SystemClock
    from idp.kernel.keyring import SIGNING, KeyFile, KeyPurpose, RingEntry
    from idp.oidc.keys import new_signing_pem, public_jwk
    from idp.storage.audit import SqlAudit
    from idp.storage.database import Database
    from idp.storage.key_ring import SqlKeyRing
    from idp.storage.migrate import require_current

    clock = SystemClock()
    folder = settings.path(settings.keys_dir)
    database = Database(settings.database, clock)
    require_current(database)
    made = entered = 0
    with database.begin() as connection:
        ring = SqlKeyRing(connection)
        known = {entry.purpose for entry in ring.entries()}
        present = {key.purpose for key in key_folder.read(folder)}
        for purpose in KeyPurpose:
            if purpose not in known | present:
                material = new_signing_pem(purpose) if purpose in SIGNING else secrets.token_bytes(32)
                key_folder.write(folder, KeyFile(secrets.token_hex(8), purpose, 1, material))
                made += 1
        for key in key_folder.read(folder):
            jwk = public_jwk(key) if key.purpose in SIGNING else None
            entry = RingEntry(key.kid, key.purpose, key.version, key.fingerprint, jwk, clock.now())
            entered += ring.add(entry)
        if made or entered:
            SqlAudit(connection, clock).add(AuditEvent(Tag.KEYS_MADE, details={"made": made, "entered": entered}))
    database.close()
    return made, entered


@keys.command("list")
def keys_list(as_json: Json = False) -> None:
    """List the ring."""
    from idp.kernel.clock import moment

    with _opened() as house:
        rows = [
            {"kid": e.kid, "purpose": e.purpose, "version": e.version, "since": moment(e.created_at).isoformat()}
            for e in house.ring
        ]
    _say(as_json, "\n".join("  ".join(map(str, row.values())) for row in rows), {"keys": rows})


@members.command("import")
def members_import(
    folder: Annotated[Path, typer.Argument(help="Folder with members.csv, payments.csv, invoices.csv.")],
    full: Annotated[bool, typer.Option("--full", help="Mark absent members as left.")] = False,
    keep_good: Annotated[bool, typer.Option("--keep-good", help="Take the good rows of a file with bad ones.")] = False,
    as_json: Json = False,
) -> None:
    """Take members, payments and invoices from three CSV files; safe to repeat."""
    from dataclasses import asdict

    from idp.kernel.audit import AuditEvent, Tag
    from idp.members.records import read_folder
    from idp.members.sheet import BadRow
    from idp.storage.members_import import ImportRefused, import_members

    def tell(rows: tuple[BadRow, ...]) -> None:
        for bad in rows:
            print(f"{bad.file}:{bad.line}: {bad.reason}", file=sys.stderr)

    with _opened() as house:
        try:
            result = import_members(
                house.database,
                house.pepper,
                house.vault,
                house.clock,
                read_folder(folder),
                full,
                _progress(),
                keep_good=keep_good,
            )
        except ImportRefused as refused:
            tell(refused.bad)
            raise
        tell(result.refused)
        with house.begin() as unit:
            unit.audit.add(AuditEvent(Tag.MEMBERS_IMPORTED, details={"added": result.added, "updated": result.updated}))
    values = {**asdict(result), "refused": len(result.refused)}
    _say(as_json, ", ".join(f"{count} {what}" for what, count in values.items()), values)


def _progress() -> Callable[[int, int], None] | None:
    """Return a progress bar for a person at a terminal, nothing otherwise."""
    if not sys.stderr.isatty():
        return None
    from rich.progress import Progress

    bar = Progress(transient=True)
    task = bar.add_task("members", total=None)
    bar.start()

    def advance(done: int, total: int) -> None:
        bar.update(task, completed=done, total=total)
        if done >= total:
            bar.stop()

    return advance


@clients.command("add")
def clients_add(
    file: Annotated[str, typer.Argument(help="RFC 7591 metadata as JSON, or - for standard input.")],
    as_json: Json = False,
) -> None:
    """Register a portal, or update the one with the same client_id; safe to repeat."""
    from idp.oidc.metadata import read_metadata
    from idp.oidc.registration import add_client

    text = sys.stdin.read() if file == "-" else _read(Path(file))
    try:
        document = json.loads(text)
    except ValueError as error:
        raise OperatorError(f"{file} is not JSON: {error}") from None
    with _opened() as house, house.begin() as unit:
        added = add_client(unit, read_metadata(document), house.clock.now())
    answer = {"client_id": added.client.id, "outcome": str(added.outcome)}
    if added.secret:
        answer["client_secret"] = added.secret
    _say(as_json, "\n".join(f"{name}: {value}" for name, value in answer.items()), answer)


@clients.command("list")
def clients_list(as_json: Json = False) -> None:
    """List the portals."""
    from idp.oidc.registration import list_clients

    with _opened() as house, house.begin(write=False) as unit:
        rows = [{"client_id": client.id, "client_name": client.metadata.client_name} for client in list_clients(unit)]
    _say(as_json, "\n".join(f"{row['client_id']}  {row['client_name'] or ''}" for row in rows), {"clients": rows})


@clients.command("show")
def clients_show(client_id: str) -> None:
    """Show a portal's metadata."""
    from idp.oidc.metadata import document_of
    from idp.oidc.registration import show_client

    with _opened() as house, house.begin(write=False) as unit:
        document = document_of(show_client(unit, client_id))
    print(json.dumps(document, ensure_ascii=False, indent=2))


@clients.command("remove")
def clients_remove(client_id: str) -> None:
    """Remove a portal with everything it was given."""
    from idp.oidc.registration import remove_client

    with _opened() as house, house.begin() as unit:
        remove_client(unit, client_id)
    print(f"removed {client_id}")


@terms.command("publish")
def terms_publish(folder: Annotated[Path, typer.Argument(help="Folder with fr.txt.")], as_json: Json = False) -> None:
    """Publish a new revision of the general conditions; members accept it at their next sign-in."""
    from idp.accounts.terms import Terms, text_digest
    from idp.kernel.audit import AuditEvent, Tag

    body = _read(folder / "fr.txt")
    with _opened() as house, house.begin() as unit:
        current = unit.accounts.current_terms()
        if current.digest == text_digest(body):
            revision = current.revision
        else:
            revision = current.revision + 1
            unit.accounts.publish_terms(Terms(revision, "fr", text_digest(body), body, house.clock.now()))
            unit.audit.add(AuditEvent(Tag.TERMS_PUBLISHED, details={"revision": revision}))
    _say(as_json, f"revision {revision} is current", {"revision": revision})


@demo.callback()
def demo_all(
    context: typer.Context, port: Annotated[int, typer.Option(help="The first of four ports.")] = 8000
) -> None:
    """Run the whole story on this machine until Ctrl-C."""
    if context.invoked_subcommand is None:
        from idp.demo import run

        raise SystemExit(run.main(port, run.default_home(port)))


@demo.command("portal")
def demo_portal(port: Annotated[int, typer.Option()] = 8002) -> None:
    """Run the demo portal alone."""
    from idp.demo import portal

    settings = load()
    portal.serve(port, settings.issuer, settings.path("demo-portal.json"))


@demo.command("catcher")
def demo_catcher(port: Annotated[int, typer.Option()] = 8003) -> None:
    """Run the mail catcher alone."""
    from idp.demo import catcher

    catcher.serve(port, load().mail_folder)
