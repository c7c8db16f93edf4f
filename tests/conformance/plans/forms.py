"""Every form of a page, as a browser sees it: for the suite's automation and for ``form_post`` answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Control:
    """One input or button."""

    kind: str
    name: str
    value: str
    id: str


@dataclass
class Form:
    """One form: where it goes and what it sends."""

    action: str
    method: str
    enctype: str
    controls: list[Control] = field(default_factory=list)

    def has(self, *ids: str) -> bool:
        """Tell whether it holds controls of all these ids."""
        return set(ids) <= {control.id for control in self.controls}

    def press(self, button: str = "", **typed: str) -> dict[str, str]:
        """Return what is sent when a button, named by its id, is pressed with these fields filled in."""
        sent = {c.name: c.value for c in self.controls if c.name and c.kind in ("hidden", "text", "password", "email")}
        pressed = {c.name: c.value for c in self.controls if button and c.id == button and c.name}
        return {**sent, **typed, **pressed}


class Seen(HTMLParser):
    """What stands on a page: forms, scripts (attributes and text), and the addresses it names, by tag."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.scripts: list[tuple[dict[str, str], str]] = []
        self.sources: list[tuple[str, str]] = []
        self._script: dict[str, str] | None = None
        self._form: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "script":
            self._script = values
            self.scripts.append((values, ""))
        elif tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").lower(), values.get("enctype", ""))
            self.forms.append(self._form)
        elif tag in ("input", "button", "textarea", "select") and self._form is not None:
            kind = values.get("type", "submit" if tag == "button" else "text").lower()
            control = Control(kind, values.get("name", ""), values.get("value", ""), values.get("id", ""))
            self._form.controls.append(control)
        for name in ("src", "href"):
            if name in values:
                self.sources.append((tag, values[name]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            attributes, text = self.scripts[-1]
            self.scripts[-1] = (attributes, text + data)


def read(html: str) -> Seen:
    """Read a page."""
    reader = Seen()
    reader.feed(html)
    return reader
