"""The demo's mail catcher: shows the `.eml` files that the provider leaves instead of sending them.

Its pages:

    GET /              the mails, newest first
    GET /mail/{name}   one mail: headers, text part, HTML part in a sandbox
"""

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
from starlette.responses import Response
from starlette.routing import Route

from idp.demo.pages import Headers, Pages, stylesheet

NAME: Final = "Boîte aux lettres de la démonstration"
MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Mail:
    """One caught mail as the pages show it; `name` is the file's, `html` None without such a part."""

    name: str
    subject: str
    to: str
    date: str
    text: str
    html: str | None


class Catcher:
    """The pages over one folder, read anew at each visit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pages = Pages("catcher", NAME)

    def inbox(self, request: Request) -> Response:
        """The newest mails."""
        del request
        mails = [_read(path) for path in self._files()[:MOST_SHOWN]]
        return self._pages.show("catcher/inbox.html", mails=[mail for mail in mails if mail])

    def mail(self, request: Request) -> Response:
        """One mail, if the folder has it."""
        wanted = request.path_params["name"]
        # The name is looked for among the files, never joined to the folder: it cannot lead outside.
        path = next((path for path in self._files() if path.name == wanted), None)
        mail = _read(path) if path else None
        if mail is None:
            return self._pages.show("catcher/missing.html", 404)
        return self._pages.show("catcher/mail.html", mail=mail)

    def _files(self) -> list[Path]:
        dated = []
        for path in self._folder.glob("*.eml"):
            try:
                dated.append((path.stat().st_mtime_ns, path.name, path))
            except FileNotFoundError:
                continue  # swept between the listing and the look
        return [path for _, _, path in sorted(dated, reverse=True)]


def build(folder: Path) -> Starlette:
    """The catcher as an application."""
    catcher = Catcher(folder)
    return Starlette(
        routes=[
            Route("/", catcher.inbox),
            Route("/mail/{name}", catcher.mail),
            Route("/catcher.css", stylesheet("catcher.css")),
        ],
        # The sandboxed part inherits this policy, and mails carry their style inline.
        middleware=[Middleware(Headers, policy="style-src 'self' 'unsafe-inline'; img-src data:")],
    )


def serve(port: int, folder: Path) -> None:
    """Run the catcher on `http://localhost:port` until told to stop. A missing folder is an empty one."""
    uvicorn.run(build(folder), host="127.0.0.1", port=port, log_level="warning", access_log=False)


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
    return written.astimezone().strftime("%d/%m/%Y à %H:%M")


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
