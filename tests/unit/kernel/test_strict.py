"""A text that two parsers could read differently is read by neither."""

from __future__ import annotations

import base64

import pytest

from idp.kernel.strict import Malformed, decoded, is_canonical, read_object, split_compact

HEADER = base64.urlsafe_b64encode(b'{"alg":"x"}').rstrip(b"=").decode()


@pytest.mark.parametrize("raw", [b"", b"a", b"ab", b"abc", bytes(range(256))])
def test_base64url_is_read_as_it_is_written(raw: bytes) -> None:
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert decoded(text) == raw
    assert not raw or is_canonical(text)


@pytest.mark.parametrize("text", ["", "YQ==", "YR", "YWJ", "YWI=", "Y", "Y Q", "YQ\n", "a+b_", "a/b_", "éé", "YQ.YQ"])
def test_another_writing_of_the_same_bytes_is_refused(text: str) -> None:
    """``YR`` decodes to what ``YQ`` does: its last bits belong to no byte."""
    assert not is_canonical(text)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"a"',
        b"null",
        b"{",
        b"\xef\xbb\xbf{}",
        b"\xff{}",
        b'{"a":1,"a":1}',
        b'{"a":{"b":1,"b":2}}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_one_plain_object_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        read_object(body)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "." * 999, *(f"{HEADER}{rest}" for rest in ("..YQ", ".YQ.", ".YQ", ".YQ.YQ.YQ", ".YQ.YR"))],
)
def test_a_compact_text_of_another_shape_is_refused(token: str) -> None:
    with pytest.raises(Malformed):
        split_compact(token, 3, 1000)


def test_a_compact_text_is_split_within_its_bound() -> None:
    token = f"{HEADER}.YQ.YQ"
    assert split_compact(token, 3, len(token)) == ({"alg": "x"}, [HEADER, "YQ", "YQ"])
    with pytest.raises(Malformed):
        split_compact(token, 3, len(token) - 1)
