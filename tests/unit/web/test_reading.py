"""*Read*: every body within bounds, every text clean (law 10)."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from idp.kernel.errors import ShownError
from idp.web.reading import BODY_LIMIT, DRAIN_LIMIT, FIELD_LIMIT, Form, clean, parse_pairs, read_body, read_form

FORM = b"application/x-www-form-urlencoded"


class Sender:
    """A browser that sends its body in chunks and remembers how many were asked for."""

    def __init__(self, chunk: bytes, times: int) -> None:
        self.left = times
        self._chunk = chunk

    async def receive(self) -> Message:
        self.left -= 1
        return {"type": "http.request", "body": self._chunk, "more_body": self.left > 0}


def request(sender: Sender, kind: bytes = FORM, length: int | None = None) -> Request:
    headers = [(b"content-type", kind)]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    return Request({"type": "http", "method": "POST", "headers": headers}, sender.receive)


def refusal_of(work: Request) -> int:
    with pytest.raises(ShownError) as refused:
        anyio.run(read_form, work)
    return refused.value.status


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_not() -> None:
    assert len(anyio.run(read_body, request(Sender(b"a" * BODY_LIMIT, 1)))) == BODY_LIMIT
    assert refusal_of(request(Sender(b"a" * (BODY_LIMIT + 1), 1))) == 413


def test_a_body_too_long_is_drained_so_that_the_browser_reads_the_page() -> None:
    sender = Sender(b"a" * 65_536, 100)
    assert refusal_of(request(sender)) == 413
    assert sender.left == 0


def test_a_body_without_end_is_left_after_the_drain_limit() -> None:
    sender = Sender(b"a" * 1_048_576, 1_000)
    assert refusal_of(request(sender)) == 413
    assert 1_000 - sender.left == DRAIN_LIMIT // 1_048_576 + 1


def test_a_body_announced_as_endless_is_not_read_at_all() -> None:
    sender = Sender(b"a", 10)
    assert refusal_of(request(sender, length=DRAIN_LIMIT + 1)) == 413
    assert sender.left == 10


def test_a_body_that_stops_coming_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("idp.web.reading._DRAIN_SECONDS", 0.05)

    async def never() -> Message:
        await anyio.sleep_forever()
        raise AssertionError

    work = Request({"type": "http", "method": "POST", "headers": [(b"content-type", FORM)]}, never)
    assert refusal_of(work) == 408


@pytest.mark.parametrize("kind", [b"", b"application/json", b"multipart/form-data; boundary=b", b"text/plain", b"\xff"])
def test_another_content_type_is_refused(kind: bytes) -> None:
    assert refusal_of(request(Sender(b"a=1", 1), kind)) == 415


@pytest.mark.parametrize("kind", [FORM, FORM + b"; charset=utf-8", b"Application/X-WWW-Form-URLencoded"])
def test_a_form_is_known_however_its_type_is_written(kind: bytes) -> None:
    assert anyio.run(read_form, request(Sender(b"a=1", 1), kind)).get("a") == "1"


def test_as_many_fields_as_allowed_and_not_one_more() -> None:
    assert len(parse_pairs(b"&".join([b"a=1"] * FIELD_LIMIT))) == FIELD_LIMIT
    with pytest.raises(ShownError) as refused:
        parse_pairs(b"&".join([b"a=1"] * (FIELD_LIMIT + 1)))
    assert refused.value.status == 413


@given(st.binary(max_size=300))
def test_any_bytes_are_read_into_clean_text(body: bytes) -> None:
    async def read() -> Form:
        return await read_form(request(Sender(body, 1)))

    for name, value in anyio.run(read).pairs if body.count(b"&") < FIELD_LIMIT else []:
        (name + value).encode("utf-8")
        assert "\x00" not in name + value


def test_the_first_value_of_a_field_counts() -> None:
    form = Form(parse_pairs(b"nir=1&nir=2&empty="))
    assert (form.get("nir"), form.get("empty"), form.get("absent")) == ("1", "", "")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("a\x00b", "a\ufffdb"), ("\x1b[31m", "\ufffd[31m"), ("\x7f", "\ufffd"), ("a\tb\r\n", "a\tb\r\n"), ("é🥕", "é🥕")],
)
def test_control_characters_are_replaced_and_lines_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


