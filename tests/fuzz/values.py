"""Values that break programs: notorious ones, random ones, and JSON of every odd sort."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.fuzz.judge import CANARY, INJECTED

Values = st.SearchStrategy[bytes]

NOTORIOUS: tuple[bytes, ...] = (
    b"",
    b" ",
    b"\x00",
    b"a\x00b",
    b"\xff\xfe\xfd",
    b"\xed\xa0\x80",  # half of a surrogate pair
    b"\xc0\xaf",  # an overlong slash
    b"\xf4\x90\x80\x80",  # past the last code point
    b"\xef\xbb\xbfopenid",
    f"a\r\n{INJECTED}: yes\r\n\r\n<{CANARY}>".encode(),
    f"\n{INJECTED}: yes".encode(),
    f"\"><{CANARY} onload='x'>".encode(),
    f"'--><{CANARY}>&lt;".encode(),
    f"</script><{CANARY}>".encode(),
    f"javascript:alert('{CANARY}')".encode(),
    f"data:text/html,<{CANARY}>".encode(),
    f"{{{{7*7}}}}{CANARY}${{7*7}}".encode(),
    f"' OR '1'='1' -- {CANARY}".encode(),
    f"%s%n%x%({CANARY})s".encode(),
    "\u202eabc\u2066\u200b\ufeff".encode(),
    "ﬃ\u0130ı\u1e9e\u0345".encode(),  # changes its length with its case
    "e\u0301" .encode() * 40,
    "\U0001f469\u200d\U0001f33e".encode() * 30,
    "٣٤٥".encode(),  # digits, but not ours
    "²".encode(),  # isdigit, but no number
    b"-1",
    b"0",
    b"00",
    b"1e309",
    b"NaN",
    b"9" * 30,
    b"9" * 5000,
    b"-9223372036854775809",
    b"1.0",
    b"0x10",
    b"1_000",
    b"None",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"../../../../etc/passwd",
    b"//evil.example",
    b"https://evil.example\\@localhost/",
    b"http://[::1",
    b"http://[v1.x]/",
    b"http://127.0.0.1:99999/",
    b"http://127.0.0.1:9/retour/../x",
    b"http://127.0.0.1:9/retour#x",
    b"http://user@127.0.0.1:9/retour",
    b"HTTP://127.0.0.1:9/retour",
    b"urn:ietf:params:oauth:request_uri:x",
    b"urn:ietf:params:oauth:request_uri:" + b"A" * 43,
    b"x" * 513,
    b"x" * 2049,
    b"x" * 8193,
    b"%",
    b"%zz",
    b"%00",
    b"a=b&c=d;e=f",
    b"a" * 43,
    b"....",
    b".",
)

_WORDS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z", "C")), max_size=24
).map(lambda text: text.encode("utf-8"))

ODD: Values = st.one_of(st.sampled_from(NOTORIOUS), _WORDS, st.binary(max_size=24))
"""Anything for a parameter."""


def among(*known: str) -> Values:
    """Return values that are known, alone or several, in any order and more than once."""
    one = st.sampled_from(known)
    several = st.lists(one, max_size=4).map(" ".join)
    return st.one_of(one, several, one.map(str.upper), one.map(lambda word: f" {word}\t")).map(str.encode)


def encoded(value: bytes, manner: int) -> bytes:
    """Write a value as a form does; in manner 1 with every byte escaped, in manner 2 with as few as the wire bears."""
    if manner == 1:
        return b"".join(b"%%%02x" % byte for byte in value[:300])
    return quote_from_bytes(value, safe="!*'()[]{}:;,/?@\"<>|\\^`$" if manner == 2 else "").encode()


# --- JSON ---------------------------------------------------------------------------------------------------------

_DEEP = tuple(opening * 1200 + closing * 1200 for opening, closing in (("[", "]"), ('{"":', "}"), ('[{"":', "")))
"""Deeper than Python follows, and still in bounds."""
BAD_JSON: tuple[str, ...] = (
    *_DEEP,
    "",
    "{",
    "nul",
    "NaN",
    "-Infinity",
    "1e999",
    "9" * 4500,  # more digits than Python turns into a number
    '{"a":1,"a":2}',
    '"\\ud800"',
    '{"\\u0000":"\\u0000"}',
    '{"id_token":{"sub":{"value":"\\ud83d"}}}',
    '{"__proto__":1,"__class__":{}}',
    "\ufeff{}",
    "[" + ",".join(["{}"] * 1500) + "]",
    f'"<{CANARY}>"',
)
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from((0, -1, 2**31, 2**63, 2**64, 10**30, -(10**15), 1.5, 1e308)),
    st.integers(-10, 10**12),
    st.sampled_from(("", "openid", "\x00", "\ud800", f"<{CANARY}>", "x" * 600, "sub", "https://127.0.0.1:9/x", "1")),
    st.text(max_size=8),
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda below: st.one_of(
        st.lists(below, max_size=3),
        st.dictionaries(st.sampled_from(("value", "values", "essential", "sub", "acr", "", "keys")), below, max_size=3),
    ),
    max_leaves=5,
)
_CLAIM = st.one_of(
    JSON,
    st.fixed_dictionaries({}, optional={"essential": SCALARS, "value": JSON, "values": JSON, "purpose": SCALARS}),
)
_CLAIMS_OF = st.dictionaries(
    st.sampled_from(("sub", "acr", "auth_time", "birthdate", "address", "email", "name#fr", "nobody", "")),
    _CLAIM,
    max_size=3,
)
CLAIMS: Values = st.one_of(
    st.fixed_dictionaries(
        {}, optional={"userinfo": st.one_of(_CLAIMS_OF, JSON), "id_token": st.one_of(_CLAIMS_OF, JSON), "x": JSON}
    ).map(lambda value: as_json(value)),
    JSON.map(lambda value: as_json(value)),
    st.sampled_from((*BAD_JSON, *_DEEP)).map(lambda text: text.encode("utf-8", "surrogatepass")),
)
"""The ``claims`` parameter (OpenID Connect Core 5.5), right and wrong in every depth."""


def as_json(value: Any) -> bytes:
    """Return JSON bytes; half a surrogate pair stays the escape it is."""
    return json.dumps(value).encode()
