"""Law 1: receipts are made in one file, and nothing a portal can use is made without one."""

from __future__ import annotations

import ast
import inspect
from typing import get_type_hints

import pytest

from idp.oidc import codes, tokens
from idp.oidc.exchange import Ready
from idp.oidc.front import front_tokens
from idp.oidc.grants.authorization_code import AuthorizationCodeGrant
from idp.oidc.grants.refresh_token import RefreshTokenGrant
from idp.oidc.issuing import issue
from idp.oidc.told import told
from idp.signin.policy import ACCEPT_TERMS, CHANGE_PASSWORD, LOGIN, POLICY, Cleared, Standing, clear, standing
from tests.architecture.source import called, callers, nodes, trees

POLICY_FILE = "idp/signin/policy.py"
RECEIPTS = ("Cleared", "Standing")


def _speaks_of_a_type(node: ast.AST, above: tuple[ast.AST, ...]) -> bool:
    """Tell whether a name stands in an annotation, in ``isinstance`` or in a class pattern: nothing is made there."""
    inner: ast.AST = node
    for outer in reversed(above):
        match outer:
            case ast.arg() | ast.MatchClass():
                return True
            case ast.AnnAssign(annotation=annotation) if annotation is inner:
                return True
            case ast.FunctionDef(returns=returns) | ast.AsyncFunctionDef(returns=returns) if returns is inner:
                return True
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, kind]) if kind is inner:
                return True
        inner = outer
    return False


def test_receipts_are_made_in_the_policy_alone() -> None:
    made = {
        f"{path}:{node.lineno}"
        for path, tree in trees().items()
        if path != POLICY_FILE
        for node, above in nodes(tree)
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) in RECEIPTS
        and not _speaks_of_a_type(node, above)
    }
    assert made == set()


def test_receipts_are_not_renamed_on_import() -> None:
    renamed = [
        (path, alias.name)
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in RECEIPTS and alias.asname
    ]
    assert renamed == []


def test_the_policy_makes_each_receipt_once() -> None:
    calls = [called(node) for node in ast.walk(trees()[POLICY_FILE]) if isinstance(node, ast.Call)]
    assert [calls.count(name) for name in RECEIPTS] == [1, 1]
    assert Cleared in _parts(get_type_hints(clear)["return"])
    assert Standing in _parts(get_type_hints(standing)["return"])


def test_the_policy_asks_for_the_login_then_the_change_then_the_terms() -> None:
    assert POLICY[:3] == (LOGIN, CHANGE_PASSWORD, ACCEPT_TERMS)


def test_a_code_is_made_from_a_cleared() -> None:
    assert get_type_hints(codes.issue_code)["cleared"] is Cleared
    assert get_type_hints(issue)["cleared"] is Cleared
    assert callers("issue_code") == {"idp/oidc/issuing.py"}


def test_tokens_are_made_from_a_standing() -> None:
    assert get_type_hints(Ready)["standing"] is Standing
    assert inspect.signature(Ready).parameters["standing"].default is inspect.Parameter.empty
    assert get_type_hints(front_tokens)["cleared"] is Cleared
    for function in (tokens.keep_tokens, tokens.id_token):
        assert get_type_hints(function)["ready"] is Ready
    for grant in (AuthorizationCodeGrant, RefreshTokenGrant):
        assert get_type_hints(grant.authenticate_user)["return"] is Ready


@pytest.mark.parametrize(
    ("name", "makers"),
    [
        ("Ready", {"idp/oidc/front.py", "idp/oidc/grants/authorization_code.py", "idp/oidc/grants/refresh_token.py"}),
        ("Code", {"idp/oidc/codes.py"}),
        ("Grant", {"idp/oidc/front.py", "idp/oidc/grants/authorization_code.py"}),
        ("AccessToken", {"idp/oidc/access_tokens.py"}),
        ("Alone", {"idp/oidc/grants/client_credentials.py"}),
        ("ClientToken", {"idp/oidc/access_tokens.py"}),
        ("RefreshToken", {"idp/oidc/tokens.py"}),
    ],
)
def test_what_a_portal_can_use_is_made_in_one_place(name: str, makers: set[str]) -> None:
    reading_rows = {"idp/storage/grants.py", "idp/storage/client_tokens.py"}
    assert callers(name) - reading_rows == makers


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("add_code", {"codes"}),
        ("add_access", {"access_tokens"}),
        ("add_refresh", {"tokens"}),
        ("sign", {"access_tokens", "tokens", "endpoints/introspect", "endpoints/userinfo"}),
    ],
)
def test_what_is_kept_or_signed_passes_there(name: str, where: set[str]) -> None:
    found = {path for path in callers(name) if path.startswith("idp/oidc/")}
    tickets_of_logout = {"idp/oidc/endpoints/logout.py"} if name == "sign" else set()
    # A logout token gives nothing: it takes away.
    signer = {"idp/oidc/keys.py", "idp/oidc/backchannel.py"} if name == "sign" else set()
    assert found - tickets_of_logout - signer == {f"idp/oidc/{each}.py" for each in where}


def test_claims_are_told_only_where_a_standing_was_asked_for() -> None:
    assert callers("claims_of") == {"idp/oidc/told.py"}
    assert get_type_hints(told)["standing"] is Standing
    assert callers("told") == {"idp/oidc/endpoints/userinfo.py", "idp/oidc/tokens.py"}
    assert {"idp/oidc/endpoints/userinfo.py", "idp/oidc/introspecting.py"} <= callers("standing")


def _parts(hint: object) -> tuple[object, ...]:
    return getattr(hint, "__args__", (hint,))


@pytest.mark.parametrize(
    ("name", "others"),
    [
        ("freeze", {"idp/cli/node.py"}),  # of the garbage collector
        ("living_of", set()),
        ("LogoutToken", set()),
    ],
)
def test_what_ends_sessions_ends_them_where_portals_are_told(name: str, others: set[str]) -> None:
    assert callers(name) - others == {"idp/signin/opening.py"}


def test_who_raises_an_epoch_ends_the_sessions_of_the_one_before() -> None:
    assert callers("complete_change") == callers("end_sessions") - {"idp/signin/opening.py"}
