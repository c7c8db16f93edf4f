"""The catalogue and its uses are one: no sentence is missing, none is left over, every value is given."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator, Sequence

from jinja2 import Environment
from jinja2 import nodes as jinja

from idp.accounts.password import Refusal, Rule
from idp.enrollment.steps import STEPS
from idp.members.amount import AmountProblem
from idp.members.nir import NirProblem
from idp.members.serial import SerialProblem
from idp.web.words import Catalogue
from tests.architecture.source import TEMPLATES, called, literals, trees

FRENCH = Catalogue("fr")
FAMILIES: dict[str, Sequence[str]] = {
    "enrollment.identifier.error.{}": list(NirProblem),
    "enrollment.proof.vitale.error.{}": list(SerialProblem),
    "enrollment.proof.amount.error.{}": [*AmountProblem, "common"],
    "enrollment.step.{}": [str(stage) for stage in range(1, max(step.stage for step in STEPS) + 2)],
    "password.rules.{}": list(Rule),
    "password.error.{}": list(Refusal),
}
"""Ids composed in code: the pattern, and every value that may end it."""

PAIRED = (".title", ".text")
ALWAYS_GIVEN = {"phone"}
"""What enrollment puts into every error of a step."""

SENTENCES = {message: FRENCH._sentences[message] for message in FRENCH.ids()}


def test_every_sentence_is_used_and_every_use_has_a_sentence() -> None:
    used = _in_templates() | _in_code() | _in_families() | _in_pairs()
    assert used - FRENCH.ids() == set()
    assert FRENCH.ids() - used == set()


def test_every_composed_id_is_a_known_family() -> None:
    composed = {
        "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)  # type: ignore[misc]
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
    }
    roots = {message.split(".")[0] for message in FRENCH.ids()}
    found = {text for text in composed if re.fullmatch(r"[\w.]+\.\{\}", text) and text.split(".")[0] in roots}
    assert found == set(FAMILIES)


def test_templates_ask_for_sentences_by_a_literal_id() -> None:
    for path, call in _template_calls():
        assert isinstance(call.args[0], jinja.Const), f"{path}:{call.lineno}"


def test_templates_give_exactly_the_values_of_a_sentence() -> None:
    for path, call in _template_calls():
        message = call.args[0].as_const()
        given = {pair.key for pair in call.kwargs}
        assert given == _holes(SENTENCES[message]), f"{path}:{call.lineno} {message}"


def test_code_gives_the_values_of_a_sentence() -> None:
    seen = 0
    for path, call in _code_calls("t", 0):
        if all(keyword.arg for keyword in call.keywords):
            seen += 1
            given = {str(keyword.arg) for keyword in call.keywords}
            assert given == _holes(SENTENCES[_literal(call, 0)]), f"{path}:{call.lineno}"
    for path, call in _code_calls("ask_again", 1):
        seen += 1
        given = {str(keyword.arg) for keyword in call.keywords} | ALWAYS_GIVEN
        assert given >= _holes(SENTENCES[_literal(call, 1)]), f"{path}:{call.lineno}"
    assert seen > 10


def test_errors_shown_give_the_values_of_their_two_sentences() -> None:
    seen = 0
    for path, call in _shown_errors():
        keys = call.args[2].keys if len(call.args) > 2 and isinstance(call.args[2], ast.Dict) else []
        given = {key.value for key in keys if isinstance(key, ast.Constant)}
        needed = {hole for end in PAIRED for hole in _holes(SENTENCES[_literal(call, 0) + end])}
        assert needed == given, f"{path}:{call.lineno}"
        seen += 1
    assert seen > 3


def test_errors_of_one_family_need_only_what_the_step_gives() -> None:
    given = {"enrollment.identifier.error.{}": {"count", "phone"}, "password.error.{}": {"max"}}
    for pattern, ends in FAMILIES.items():
        for end in ends:
            needed = _holes(SENTENCES[pattern.format(end)])
            assert needed <= given.get(pattern, ALWAYS_GIVEN), pattern.format(end)


def test_french_spaces_do_not_break() -> None:
    list_of_signs = "password.rules.special"
    loose = re.compile(r"[^\u00a0\u202f»?!][:;?!»%€]|«[^\u00a0\u202f]")
    wrong = {m: s for m, s in SENTENCES.items() if m != list_of_signs and loose.search(s)}
    assert wrong == {}


def test_sentences_are_set_in_french_type() -> None:
    for message, sentence in SENTENCES.items():
        assert not re.search(r"  |\.\.\.|'|\"", sentence), message


def _holes(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def _in_templates() -> set[str]:
    return {call.args[0].as_const() for _, call in _template_calls()}


def _in_code() -> set[str]:
    return {text for _, text in literals() if text in FRENCH.ids()}


def _in_families() -> set[str]:
    return {pattern.format(end) for pattern, ends in FAMILIES.items() for end in ends}


def _in_pairs() -> set[str]:
    """Ids whose stem stands in the code: errors shown, and the public texts with as many paragraphs as there are."""
    errors = {_literal(call, 0) for _, call in _shown_errors()}
    texts = {_literal(call, 0) for _, call in _code_calls("text", 0, known=False)} & {"privacy", "legal"}
    conditional = {text for _, text in literals() if text.startswith("error.") and text + ".title" in FRENCH.ids()}
    paragraphs = {message for message in FRENCH.ids() for stem in texts if message.startswith(f"{stem}.text.")}
    return {stem + end for stem in errors | conditional for end in PAIRED} | paragraphs | {
        f"{stem}.title" for stem in texts
    }


def _template_calls() -> Iterator[tuple[str, jinja.Call]]:
    reader = Environment(autoescape=True)
    for path in sorted(TEMPLATES.rglob("*.*")):
        for call in reader.parse(path.read_text("utf-8")).find_all(jinja.Call):
            if isinstance(call.node, jinja.Name) and call.node.name == "t":
                yield path.relative_to(TEMPLATES).as_posix(), call


def _code_calls(name: str, place: int, *, known: bool = True) -> Iterator[tuple[str, ast.Call]]:
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in (name, f"_{name}"):
                text = _literal(node, place)
                if text and (not known or text in FRENCH.ids()):
                    yield path, node


def _shown_errors() -> Iterator[tuple[str, ast.Call]]:
    for path, call in _code_calls("ShownError", 0, known=False):
        assert _literal(call, 0) + ".title" in FRENCH.ids(), path
        yield path, call


def _literal(call: ast.Call, place: int) -> str:
    match call.args[place : place + 1]:
        case [ast.Constant(value=str(text))]:
            return text
    return ""
