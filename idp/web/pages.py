"""Pages: Jinja2 templates with the words of the catalogue, the red block, and a policy that runs no script."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import CodeType

from jinja2 import BytecodeCache, Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.bccache import Bucket
from starlette.responses import Response

import idp
from idp.kernel.clock import Instant, paris_date
from idp.web.french import day
from idp.web.words import Catalogue


@dataclass(frozen=True, slots=True)
class Block:
    """The red connection block (S1): ``visitor``, ``signed_in`` with a name, or ``owing`` something."""

    kind: str = "visitor"
    name: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """The fund's contact details, from settings."""

    phone: str
    hours: str
    url: str
    address: str


def templates_folder() -> Path:
    """Return the templates: inside the package when installed, beside it in a checkout."""
    package = Path(idp.__file__).parent
    inside = package / "templates"
    return inside if inside.is_dir() else package.parent / "templates"


class Statics:
    """The static files, kept in memory, each under a path that names its content."""

    def __init__(self) -> None:
        folder = files("idp.web").joinpath("static")
        self.contents = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}
        self._versions = {name: hashlib.sha256(body).hexdigest()[:16] for name, body in self.contents.items()}

    def path(self, name: str) -> str:
        """Return the path of a file; it changes when the content does."""
        return f"/static/{self._versions[name]}/{name}"

    def find(self, version: str, name: str) -> bytes | None:
        """Return the content, or None for an unknown name or another version."""
        return self.contents[name] if self._versions.get(name) == version else None


class _Compiled(BytecodeCache):
    """The templates' code, kept for every renderer of this process: a node has two, the web's and the post's."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template whose text has not changed."""
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        if bucket.code is not None:
            self._codes[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


class Pages:
    """Renders templates."""

    def __init__(
        self, catalogue: Catalogue, organisation: str, contact: Contact, url: Callable[..., str], statics: Statics
    ) -> None:
        self.t = catalogue
        self.url = url
        self.contact = contact
        self.organisation = organisation
        self.statics = statics
        self._environment = Environment(
            loader=FileSystemLoader(templates_folder()),
            autoescape=select_autoescape(enabled_extensions=("html",), default=True, disabled_extensions=("txt",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            bytecode_cache=_COMPILED,
        )
        self._environment.globals.update(
            t=catalogue, day_of=_day_of, url=url, static=statics.path, organisation=organisation, contact=contact
        )

    def text(self, template: str, context: Mapping[str, object]) -> str:
        """Render a template to text: a page's markup, a mail's part."""
        return self._environment.get_template(template).render(context)

    def response(
        self,
        template: str,
        context: Mapping[str, object],
        *,
        status: int = 200,
        form_action: str = "",
        frame_src: str = "",
    ) -> Response:
        """Render a page. ``form_action`` adds the one foreign origin its form may end at (a portal's), ``frame_src``
        those of the pages it holds."""
        response = Response(self.text(template, context), status, media_type="text/html; charset=utf-8")
        response.headers["content-security-policy"] = content_security_policy(form_action, frame_src)
        return response


def _day_of(instant: Instant) -> str:
    return day(paris_date(instant))


def content_security_policy(form_action: str = "", frame_src: str = "") -> str:
    """Return the policy of our pages: no script, no foreign content, forms that end here or at one named portal.

    Browsers apply ``form-action`` to the redirects after a POST as well, hence the portal's origin.
    """
    ends = f"'self' {form_action}".strip()
    frames = f"frame-src {frame_src}; " if frame_src else ""
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; {frames}"
        f"frame-ancestors 'none'; form-action {ends}"
    )
