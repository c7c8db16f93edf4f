"""The demo's catcher: shows the mails and the letters that the provider leaves as files instead of sending them.

Its pages:

    GET /                  the mails and the letters, newest first
    GET /mail/{name}       one mail: headers, text part, HTML part in a sandbox
    GET /lettre/{name}     one letter, a PDF that the browser shows
"""

import json
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from idp.demo.pages import Headers, Pages, stylesheet

NAME: Final = "Boîte aux lettres de la démonstration"
MOST_SHOWN: Final = 100
_CLOCK: Final = "%d/%m/%Y à %H:%M"


@dataclass(frozen=True, slots=True)
class Mail:
    """One caught mail as the pages show it; `name` is the file's, `html` None without such a part."""

    name: str
    subject: str
    to: str
    date: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One caught letter as the list shows it; `name` is the file's."""

    name: str
    reference: str
    date: str


class Catcher:
    """The pages over the folders of mails and of letters, read anew at each visit."""

    def __init__(self, mails: Path, letters: Path) -> None:
        self._mails = mails
        self._letters = letters
        self._pages = Pages("catcher", NAME)

    def inbox(self, request: Request) -> Response:
        """The newest mails and letters."""
        del request
        mails = [_read(path) for path in _newest(self._mails, "*.eml")[:MOST_SHOWN]]
        letters = [_describe(path) for path in _newest(self._letters, "*.pdf")[:MOST_SHOWN]]
        return self._pages.show("catcher/inbox.html", mails=[mail for mail in mails if mail], letters=letters)

    def mail(self, request: Request) -> Response:
        """One mail, if the folder has it."""
        path = _named(self._mails, "*.eml", request)
        mail = _read(path) if path else None
        if mail is None:
            return self._pages.show("catcher/missing.html", 404)
        return self._pages.show("catcher/mail.html", mail=mail)

    def letter(self, request: Request) -> Response:
        """One letter, if the folder has it."""
        path = _named(self._letters, "*.pdf", request)
        if path is None:
            return self._pages.show("catcher/missing.html", 404)
        return FileResponse(
            path, headers={"Cache-Control": "no-store"}, filename=path.name, content_disposition_type="inline"
        )


def build(mails: Path, letters: Path) -> Starlette:
    """The catcher as an application."""
    catcher = Catcher(mails, letters)
    return Starlette(
        routes=[
            Route("/", catcher.inbox),
            Route("/mail/{name}", catcher.mail),
            Route("/lettre/{name}", catcher.letter),
            Route("/catcher.css", stylesheet("catcher.css")),
        ],
        # The sandboxed part inherits this policy, and mails carry their style inline.
        middleware=[Middleware(Headers, policy="style-src 'self' 'unsafe-inline'; img-src data:")],
    )


def serve(port: int, mails: Path, letters: Path) -> None:
    """Run the catcher on `http://localhost:port` until told to stop. A missing folder is an empty one."""
    uvicorn.run(build(mails, letters), host="127.0.0.1", port=port, log_level="warning", access_log=False)


def _newest(folder: Path, pattern: str) -> list[Path]:
    dated = []
    for path in folder.glob(pattern):
        try:
            dated.append((path.stat().st_mtime_ns, path.name, path))
        except FileNotFoundError:
            continue  # swept between the listing and the look
    return [path for _, _, path in sorted(dated, reverse=True)]


def _named(folder: Path, pattern: str, request: Request) -> Path | None:
    """The name is looked for among the files, never joined to the folder: it cannot lead outside."""
    wanted = request.path_params["name"]
    return next((path for path in _newest(folder, pattern) if path.name == wanted), None)


def _describe(path: Path) -> Letter:
    """A letter by the reference of its manifest, or by its file when that is missing."""
    try:
        manifest = json.loads(path.with_suffix(".json").read_text("utf-8"))
        written = datetime.fromisoformat(manifest["created_at"])
        return Letter(path.name, str(manifest["reference"]), written.astimezone().strftime(_CLOCK))
    except (OSError, ValueError, KeyError, TypeError):
        return Letter(path.name, path.stem, "")


def _read(path: Path) -> Mail | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(content)
    return Mail(
        name=path.name,
        subject=str(message["subject"] or "(sans objet)"),
        to=str(message["to"] or ""),
        date=_when(message),
        text=_part(message, "plain") or "",
        html=_opening_elsewhere(_part(message, "html")),
    )


def _when(message: EmailMessage) -> str:
    """When it was written, on the clock of whoever reads; as the header has it when that is no date."""
    header = message["date"]
    written = getattr(header, "datetime", None)
    if not isinstance(written, datetime):
        return str(header or "")
    return written.astimezone().strftime(_CLOCK)


def _opening_elsewhere(html: str | None) -> str | None:
    """Let links of the sandboxed part open a tab of their own: sites refuse to show inside its frame."""
    base = '<base target="_blank">'
    if html is None or "<head>" not in html:
        return html and base + html
    return html.replace("<head>", "<head>" + base, 1)


def _part(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body((kind,))
    if part is None:
        return None
    try:
        return str(part.get_content())
    except LookupError:  # a character set or a content type that Python does not know
        return None
