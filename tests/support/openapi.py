"""An OpenAPI 3.1 file and the part of JSON Schema it uses, to hold what goes over the wire against it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml  # type: ignore[import-untyped]

_TYPES: Final = {"object": dict, "array": list, "string": str, "boolean": bool}
_KNOWN: Final = {
    "type", "required", "properties", "additionalProperties", "oneOf", "enum", "pattern", "format", "minLength",
    "maxLength", "maxItems", "items", "description", "$ref",
}  # fmt: skip


class OpenApi:
    """A file read and its references resolved."""

    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))

    def resolve(self, node: Any) -> Any:
        """Return what a node means, following its references. Raises ``KeyError`` for one that leads nowhere."""
        while isinstance(node, dict) and "$ref" in node:
            target: Any = self.document
            for name in str(node["$ref"]).removeprefix("#/").split("/"):
                target = target[name]
            node = target
        return node

    def nodes(self, node: Any = None) -> Iterator[dict[str, Any]]:
        """Yield every object of the document."""
        node = self.document if node is None else node
        if isinstance(node, dict):
            yield node
        for below in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            yield from self.nodes(below)

    def operation(self, path: str) -> dict[str, Any]:
        """Return the POST of a path."""
        found: dict[str, Any] = self.document["paths"][path]["post"]
        return found

    def asked(self, path: str) -> dict[str, Any]:
        """Return the media type object of what is asked at a path: schema and examples."""
        found: dict[str, Any] = self.operation(path)["requestBody"]["content"]["application/json"]
        return found

    def answered(self, path: str) -> dict[str, Any]:
        """Return the media type object of the answer."""
        found: dict[str, Any] = self.operation(path)["responses"]["200"]["content"]["application/json"]
        return found

    def faults(self, schema: Any, value: Any, where: str = "$") -> list[str]:
        """Return what is wrong with a value; empty when it matches."""
        schema = self.resolve(schema)
        unknown = set(schema) - _KNOWN
        assert not unknown, f"this checker does not know {unknown}"
        if "oneOf" in schema:
            fits = [one for one in schema["oneOf"] if not self.faults(one, value, where)]
            return [] if len(fits) == 1 else [f"{where}: fits {len(fits)} of the choices"]
        if not isinstance(value, _TYPES[schema["type"]]):
            return [f"{where}: no {schema['type']}"]
        match value:
            case str():
                return _text_faults(schema, value, where)
            case list():
                many = [f"{where}: too many"] if len(value) > schema.get("maxItems", len(value)) else []
                return many + [
                    f for n, one in enumerate(value) for f in self.faults(schema["items"], one, f"{where}[{n}]")
                ]
            case dict():
                return self._object_faults(schema, value, where)
        return []

    def _object_faults(self, schema: dict[str, Any], value: dict[str, Any], where: str) -> list[str]:
        known = schema["properties"]
        found = [f"{where}: lacks {name}" for name in schema.get("required", ()) if name not in value]
        if schema.get("additionalProperties", True) is False:
            found += [f"{where}: {name} is not known" for name in value.keys() - known.keys()]
        for name in value.keys() & known.keys():
            found += self.faults(known[name], value[name], f"{where}.{name}")
        return found


def _text_faults(schema: dict[str, Any], value: str, where: str) -> list[str]:
    checks = {
        "enum": value in schema.get("enum", [value]),
        "pattern": re.search(schema.get("pattern", ""), value, re.ASCII) is not None,
        "minLength": len(value) >= schema.get("minLength", 0),
        "maxLength": len(value) <= schema.get("maxLength", len(value)),
    }
    return [f"{where}: {name}" for name, fine in checks.items() if not fine]
