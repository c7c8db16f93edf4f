"""The operator's commands, one function each, one file per group. Exit 0, 1 failed, 2 usage; errors are one truthful
sentence.

It owns the words of the command line. It does not own what a command does: that is the feature's it calls.
"""

from __future__ import annotations

import sys

import typer

from idp.cli import accounts, agents, clients, demo, enroll, keys, letters, members, node, terms
from idp.kernel.errors import OperatorError

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="The operator's commands."
)
for command in (node.serve, node.check, node.migrate, node.sweep, node.worker):
    app.command()(command)
app.add_typer(node.db, name="db", hidden=True)
app.add_typer(keys.keys, name="keys")
app.add_typer(members.members, name="members")
app.add_typer(accounts.accounts, name="accounts")
app.add_typer(agents.agents, name="agents")
app.add_typer(enroll.enroll, name="enroll")
app.add_typer(letters.letters, name="letters")
app.add_typer(clients.clients, name="clients")
app.add_typer(terms.terms, name="terms")
app.add_typer(demo.demo, name="demo")


def main() -> None:
    """Run the program."""
    try:
        app()
    except OperatorError as error:
        print(f"idp: {error}", file=sys.stderr)
        raise SystemExit(1) from None
