"""Bad input ends on a clear page, never in a fault of ours, and nothing is lost: the flow goes on where it was."""

from __future__ import annotations

import socket
from io import StringIO
from urllib.parse import urlencode

import httpx2
import pytest

from tests.flows.story import PHONE, enroll_to, path, rows, shown
from tests.support.browser import Browser
from tests.support.house import CARD, MAIL, Running, change_password, enroll, sign_in

ENROLLING = (
    "/inscription",
    "/inscription/retour",
    *(
        f"/inscription/{slug}"
        for slug in (
            "profil",
            "identifiant",
            "documents",
            "coordonnees",
            "verification",
            "messagerie",
            "conditions",
            "envoi",
        )
    ),
)
SIGNING_IN = ("/connexion", "/mot-de-passe", "/conditions", "/deconnexion")
FORM = "application/x-www-form-urlencoded"
NAMES = ("profile", "nir", "email", "phone", "answer", "accept", "identifier", "password", "new_password", "request")

UNREADABLE: dict[str, tuple[bytes, str]] = {
    "500 fields": (b"&".join(b"f%d=x" % n for n in range(500)), FORM),
    "one field of 100 kB": (b"nir=" + b"1" * 100_000, FORM),
    "nothing at all": (b"", FORM),
    "no content type": (b"nir=1", ""),
    "JSON": (b'{"nir": "1"}', "application/json"),
    "a file": (b'--b\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n--b--', "multipart/form-data; boundary=b"),
    "a content type of nonsense": (b"nir=1", "\x80;;; charset=klingon"),
    "UTF-8 cut short": (b"nir=%C3&nir=%E2%82&email=%F0%9F%98&form_token=%FF%FE", FORM),
    "raw bytes": (bytes(range(256)), FORM),
    "percent signs of nothing": (b"nir=%&email=%zz&%=%&=&&&;;", FORM),
}
TYPED = {
    "a NUL": "\x00",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x85\u2028",
    "emoji": "🥕" * 13,
    "amounts in letters": "quatre-vingts euros et dix centimes",
    "lone surrogates by percent": "\ufffd\ufffe\U0010ffff",
    "right to left": "\u202e711053\u2066",
    "combining marks": "a" + "\u0315\u0300" * 2_000,
    "a very long line": "9" * 20_000,
    "markup": "<script>alert(1)</script>\"'>{{7*7}}{% raw %}",
    "SQL": "'; DROP TABLE members; --",
    "digits of elsewhere": "٢٨٥٠٣٥٩٣٥٠١١٧",
    "superscripts": "²⁸⁵⁰³⁵⁹³⁵⁰¹¹⁷",
}
COOKIES = {
    "empty": "",
    "of nobody": "A" * 43,
    "too long": "A" * 4_000,
    "not ours": "é%00;=",
    "quoted": '"A\\"B"',
    "percent": "%00%ff",
}
QUERIES = (
    "?%00",
    "?%ff%fe=%c3",
    "?request=%00",
    "?request=" + "A" * 22,
    "?request=" + "A" * 10_000,
    "?request[]=1&request=2&request=%F0%9F%98%80",
    "?" + "&".join(f"a{n}=1" for n in range(100)),
    "?modifier=1&modifier=%00&email=x&action=resend",
    "?;=&&==&%",
    "?next=https://ailleurs.example",
)
PAGES = (
    *("/", "/inscription", "/inscription/profil", "/inscription/reprendre", "/inscription/messagerie", "/connexion"),
    *("/mot-de-passe", "/conditions", "/deconnexion", "/espace", "/contact", "/static/x/app.css"),
)


@pytest.fixture
def enrolling(browser: Browser) -> Browser:
    enroll_to(browser, "verification")
    return browser


@pytest.fixture
def owing(light: Running, browser: Browser) -> Browser:
    enroll(browser)
    sign_in(browser, light.deliver()[-1])
    return browser


def is_a_page(answer: httpx2.Response) -> bool:
    """Tell whether this is a page or the way to one, and no fault of ours."""
    if answer.status_code == 303:
        return answer.headers["location"].startswith("/")
    kind = answer.headers.get("content-type", "")
    return answer.status_code < 500 and kind.startswith("text/html") and "</html>" in answer.text


def goes_on(browser: Browser) -> bool:
    """Tell whether the enrollment is still at its question and takes the right answer."""
    browser.get("/inscription/reprendre")
    assert path(browser) == "/inscription/verification"
    browser.submit({"answer": CARD.serial})
    return path(browser) == "/inscription/messagerie"


def faults(logged: StringIO) -> list[str]:
    return [line for line in logged.getvalue().splitlines() if '"fault"' in line or '"level": "error"' in line]


def post(browser: Browser, route: str, body: bytes, kind: str) -> httpx2.Response:
    return browser.client.post(route, content=body, headers={b"content-type": kind.encode()} if kind else {})


def test_a_body_that_is_no_form_of_ours_ends_on_a_page(logged: StringIO, enrolling: Browser) -> None:
    for name, (body, kind) in UNREADABLE.items():
        for route in ENROLLING + SIGNING_IN:
            answer = post(enrolling, route, body, kind)
            assert is_a_page(answer), f"{name} to {route}: {answer.status_code}"
            assert answer.status_code in (400, 413, 415), f"{name} to {route}: {answer.status_code}"
    assert goes_on(enrolling)
    assert faults(logged) == []


def test_twenty_megabytes_are_read_to_their_end_and_answered_with_a_page(logged: StringIO, enrolling: Browser) -> None:
    body = b"nir=" + b"1" * 20_000_000
    for route in ("/inscription/verification", "/connexion", "/deconnexion"):
        answer = post(enrolling, route, body, FORM)
        assert answer.status_code == 413
        assert is_a_page(answer)
    assert goes_on(enrolling)
    assert faults(logged) == []


def test_a_body_announced_as_endless_is_refused_before_it_comes(light: Running, enrolling: Browser) -> None:
    host, _, port = light.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        head = f"POST /connexion HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: {FORM}\r\n"
        line.sendall((head + "Content-Length: 40000000\r\n\r\nnir=1").encode())
        assert line.recv(64).startswith(b"HTTP/1.1 413 ")
    assert goes_on(enrolling)


def test_whatever_is_typed_in_a_field_ends_on_a_page_and_keeps_the_step(logged: StringIO, enrolling: Browser) -> None:
    token = shown(enrolling).form().fields["form_token"]
    version = shown(enrolling).form().fields["version"]
    fields = shown(enrolling).form().fields
    for name, typed in TYPED.items():
        answer = enrolling.client.post("/inscription/verification", data={**fields, "answer": typed})
        assert answer.status_code == 422, f"{name}: {answer.status_code}"
        assert is_a_page(answer)
        assert "<script>alert" not in answer.text
        assert "{{7*7}}" not in answer.text, "an answer is never shown again"
        for route in ENROLLING[2:] + SIGNING_IN[:1]:
            if route.endswith("/verification"):
                continue
            data = {"form_token": token, "version": version + "0", **dict.fromkeys(NAMES, typed)}
            answer = enrolling.client.post(route, data=data)
            assert is_a_page(answer), f"{name} to {route}: {answer.status_code}"
            assert "<script>alert" not in answer.text
    assert goes_on(enrolling)
    assert faults(logged) == []


def test_whatever_is_typed_as_number_or_contact_is_told_on_the_page(logged: StringIO, browser: Browser) -> None:
    enroll_to(browser, "coordonnees")
    for name, typed in TYPED.items():
        browser.get("/inscription/coordonnees")
        browser.submit({"email": typed, "phone": typed})
        assert shown(browser).status == 422, name
    browser.get("/inscription/identifiant")
    for name, typed in TYPED.items():
        browser.submit({"nir": typed})
        assert shown(browser).status == 422, name
        assert "<script>alert" not in shown(browser).response.text
    browser.get("/inscription/reprendre")
    browser.submit({"email": MAIL, "phone": PHONE})
    assert path(browser) == "/inscription/verification"
    assert faults(logged) == []


def test_whatever_is_typed_as_a_new_password_ends_on_the_page(
    light: Running, logged: StringIO, owing: Browser
) -> None:
    for name, typed in TYPED.items():
        owing.submit({"new_password": typed, "new_password_again": typed[:1], "request": typed})
        assert shown(owing).status == 422, name
        assert path(owing) == "/mot-de-passe"
    for route in SIGNING_IN[:3]:
        for body, kind in UNREADABLE.values():
            assert is_a_page(post(owing, route, body, kind))
    assert rows(light, "SELECT * FROM passwords") == []
    owing.get("/mot-de-passe")
    change_password(owing)
    assert path(owing) == "/espace"
    assert faults(logged) == []


def test_a_password_of_odd_characters_is_taken_as_typed(light: Running, owing: Browser) -> None:
    odd = "Ça-va-7🥕\t<b>"
    change_password(owing, odd)
    assert path(owing) == "/espace"
    with light.browser() as later:
        sign_in(later, odd)
        assert path(later) == "/espace"


@pytest.mark.parametrize("name", ["idp_enrollment", "idp_session", "idp_browser"])
def test_cookies_of_nobody_open_nothing_and_break_nothing(logged: StringIO, enrolling: Browser, name: str) -> None:
    kept = dict(enrolling.client.cookies)
    form = enrolling.get("/inscription/verification").form().fields
    with httpx2.Client(base_url=enrolling.base, trust_env=False) as client:
        for worth in COOKIES.values():
            pairs = {**{key: value for key, value in kept.items() if key != name}, name: worth}
            header = "; ".join(f"{key}={value}" for key, value in pairs.items()).encode()
            for page in PAGES[:-1]:
                assert is_a_page(client.get(page, headers={b"cookie": header}))
                client.cookies.clear()
            answer = client.post("/inscription/verification", data=form, headers={b"cookie": header})
            assert is_a_page(answer)
            client.cookies.clear()
    assert goes_on(enrolling)
    assert faults(logged) == []


def test_weird_queries_change_nothing_and_lead_nowhere_else(logged: StringIO, enrolling: Browser) -> None:
    for page in PAGES:
        for query in QUERIES:
            answer = enrolling.client.get(page + query)
            assert is_a_page(answer), f"{page}{query}: {answer.status_code}"
            assert "ailleurs.example" not in answer.headers.get("location", "")
    assert goes_on(enrolling)
    assert faults(logged) == []


def test_other_methods_change_nothing(logged: StringIO, enrolling: Browser) -> None:
    for route in ENROLLING + SIGNING_IN:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
            answer = enrolling.client.request(method, route, content=urlencode({"nir": CARD.nir}))
            assert answer.status_code == 405, f"{method} {route}"
            assert is_a_page(answer)
        assert enrolling.client.head(route).status_code in (200, 303, 405)
    assert goes_on(enrolling)
    assert faults(logged) == []
