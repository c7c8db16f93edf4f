"""``idp letters``: from the spool to the printer and the post, each hand-off in the audit.

The trace comes before the hand-off: an export that fails half-way was announced, one that nobody heard of cannot be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from idp.cli.common import Json, group, opened, say
from idp.kernel.audit import AuditEvent, Tag
from idp.kernel.errors import OperatorError
from idp.settings import Settings, load

if TYPE_CHECKING:
    from idp.adapters.letter_manifest import Manifest
    from idp.adapters.letter_spool import LetterSpool
    from idp.house import House

letters = group("The letters to print and post.")

References = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="References, as idp letters list has.")]


@letters.command("list")
def letters_list(as_json: Json = False) -> None:
    """List the letters of this node, oldest first, those posted too."""
    from dataclasses import asdict

    spool = _spool(load())
    rows = [asdict(manifest) | {"state": _state(spool, manifest)} for manifest in spool.all()]
    lines = (f"{row['reference']}  {row['created_at']}  {row['kind']:<19}  {row['state']}" for row in rows)
    say(as_json, "\n".join(lines) or "no letters", {"letters": rows})


@letters.command("export")
def letters_export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the printer takes them from.")],
    references: References = None,
    everything: Annotated[bool, typer.Option("--all", help="Every letter that waits.")] = False,
    as_json: Json = False,
) -> None:
    """Copy letters with their manifests into a folder; safe to repeat until they are posted."""
    if everything is bool(references):
        raise typer.BadParameter("name letters, or --all")
    with opened() as house:
        spool = _spool(house.settings)
        chosen = spool.waiting() if everything else _named(spool, references or ())
        for manifest in chosen:
            if not spool.holds(manifest):
                raise OperatorError(f"{manifest.reference} is not here any more: it is {_state(spool, manifest)}")
        _remember(house, Tag.LETTER_EXPORTED, chosen)
        try:
            spool.export(chosen, folder)
        except OSError as error:
            raise OperatorError(f"{error.filename or folder} cannot be written: {error.strerror}") from None
    done = [manifest.reference for manifest in chosen]
    say(as_json, f"{len(done)} exported to {folder}", {"exported": done})


@letters.command("posted")
def letters_posted(
    references: Annotated[list[str], typer.Argument(metavar="ID...", help="References, as idp letters list has.")],
    as_json: Json = False,
) -> None:
    """Say that letters left the house: their files are removed, their manifests kept. Safe to repeat."""
    with opened() as house:
        spool = _spool(house.settings)
        chosen = _named(spool, references)
        leaving = [manifest for manifest in chosen if manifest.posted_at is None]
        _remember(house, Tag.LETTER_POSTED, leaving)
        for manifest in leaving:
            spool.posted(manifest)
    already = [manifest for manifest in chosen if manifest.posted_at is not None]
    lines = [f"{manifest.reference} is posted" for manifest in leaving]
    lines += [f"{manifest.reference} was posted already, at {manifest.posted_at}" for manifest in already]
    answer = {
        "posted": [manifest.reference for manifest in leaving],
        "already": [manifest.reference for manifest in already],
    }
    say(as_json, "\n".join(lines), answer)


def _spool(settings: Settings) -> LetterSpool:
    from idp.adapters.letter_spool import LetterSpool

    if settings.letters_dir is None:
        raise OperatorError("this node makes no letters: IDP_LETTERS_DIR is empty")
    return LetterSpool(settings.path(settings.letters_dir))


def _named(spool: LetterSpool, references: Sequence[str]) -> list[Manifest]:
    """Return the letters of these references, each once. Raises ``OperatorError`` for one that is none of ours."""
    known = {manifest.reference: manifest for manifest in spool.all()}
    wanted = list(dict.fromkeys(reference.upper() for reference in references))
    for reference in wanted:
        if reference not in known:
            raise OperatorError(f"no letter has the reference {reference}")
    return [known[reference] for reference in wanted]


def _state(spool: LetterSpool, manifest: Manifest) -> str:
    if manifest.posted_at is not None:
        return f"posted at {manifest.posted_at}"
    return "waiting" if spool.holds(manifest) else "removed unposted"


def _remember(house: House, tag: Tag, manifests: Iterable[Manifest]) -> None:
    with house.begin() as unit:
        for manifest in manifests:
            details: dict[str, str | int | bool] = {"letter": manifest.reference, "delivery": manifest.delivery}
            unit.audit.add(AuditEvent(tag, details={**details, "copy": manifest.copy}))
