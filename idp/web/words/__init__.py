"""The sentences members read, by stable id; code and tests cite the id, never the sentence.

French now; another language is another file with the same ids.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


class Catalogue:
    """The sentences of one language."""

    def __init__(self, language: str) -> None:
        self._sentences = _read(language)

    def ids(self) -> frozenset[str]:
        """Return every id of the catalogue."""
        return frozenset(self._sentences)

    def __call__(self, message: str, /, **values: object) -> str:
        """Return the sentence with its values put in. Raises ``KeyError`` for an unknown id or a missing value."""
        return self._sentences[message].format(**values)


@cache
def _read(language: str) -> dict[str, str]:
    sentences: dict[str, str] = tomllib.loads(files("idp.web.words").joinpath(f"{language}.toml").read_text("utf-8"))
    return sentences
