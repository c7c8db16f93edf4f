"""What architecture tests read: the files of the product as trees, the templates, the README."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "idp"
TEMPLATES = ROOT / "templates"


@cache
def trees() -> dict[str, ast.Module]:
    """Return the tree of every Python file of the product by its path below the root."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in paths}


def nodes(tree: ast.AST) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """Yield every node with its ancestors, the nearest last."""
    waiting: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while waiting:
        node, above = waiting.pop()
        yield node, above
        waiting.extend((child, (*above, node)) for child in ast.iter_child_nodes(node))


def called(node: ast.Call) -> str:
    """Return the last name of what is called: ``f`` for ``f()`` and ``x.f()``."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def callers(name: str) -> set[str]:
    """Return the files of the provider that call something of this name; the demo's sites have names of their own."""
    return {
        path
        for path, tree in trees().items()
        if not path.startswith("idp/demo/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) == name
    }


def literals() -> Iterator[tuple[str, str]]:
    """Yield every text written in the product with its file, docstrings included."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield path, node.value
