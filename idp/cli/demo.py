"""``idp demo``: the whole story on this machine."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from idp.kernel.errors import OperatorError
from idp.settings import load

demo = typer.Typer(invoke_without_command=True, help="The whole story on this machine.")


@demo.callback()
def demo_all(
    context: typer.Context, port: Annotated[int, typer.Option(help="The first of four ports.")] = 8000
) -> None:
    """Run the whole story on this machine until Ctrl-C."""
    if context.invoked_subcommand is None:
        from idp.demo import run

        raise SystemExit(run.main(port, run.default_home(port)))


@demo.command("franceconnect")
def demo_franceconnect(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8001,
    level: Annotated[Literal["low", "plus"], typer.Option(help="FranceConnect, or FranceConnect+.")] = "low",
    control: Annotated[bool, typer.Option(help="Offer the control API under /_control/.")] = False,
    seed: Annotated[int | None, typer.Option(help="The same codes, tokens and EC keys in every run.")] = None,
) -> None:
    """Run the mock FranceConnect alone."""
    from idp.demo.franceconnect import server

    try:
        server.serve(port, level, load().path("demo-franceconnect.json"), control, seed)
    except (OSError, ValueError) as error:
        raise OperatorError(str(error)) from error


@demo.command("portal")
def demo_portal(port: Annotated[int, typer.Option()] = 8002) -> None:
    """Run the demo portal alone."""
    from idp.demo import portal

    settings = load()
    portal.serve(port, settings.issuer, settings.path("demo-portal.json"))


@demo.command("catcher")
def demo_catcher(port: Annotated[int, typer.Option()] = 8003) -> None:
    """Run the catcher of mails and letters alone."""
    from idp.demo import catcher

    settings = load()
    catcher.serve(port, settings.mail_folder, settings.path(settings.letters_dir or "var/letters"))
