"""``idp terms``: the general conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from idp.cli.common import Json, group, opened, read_text, say

terms = group("The general conditions.")


@terms.command("publish")
def terms_publish(folder: Annotated[Path, typer.Argument(help="Folder with fr.txt.")], as_json: Json = False) -> None:
    """Publish a new revision of the general conditions; members accept it at their next sign-in."""
    from idp.accounts.terms import Terms, text_digest
    from idp.kernel.audit import AuditEvent, Tag

    body = read_text(folder / "fr.txt")
    with opened() as house, house.begin() as unit:
        current = unit.accounts.current_terms()
        if current.digest == text_digest(body):
            revision = current.revision
        else:
            revision = current.revision + 1
            unit.accounts.publish_terms(Terms(revision, "fr", text_digest(body), body, house.clock.now()))
            unit.audit.add(AuditEvent(Tag.TERMS_PUBLISHED, details={"revision": revision}))
    say(as_json, f"revision {revision} is current", {"revision": revision})
