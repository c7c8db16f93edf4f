"""Mistakes 9 and 10, and the mix-up: an upstream identity opens what its own member linked, and nothing else."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.flows.story import enroll_to, path, rows
from tests.support.house import BACK, CARD, MAIL, PASSWORD, open_account
from tests.support.upstream import CALLBACK, Federated, Traveller, key_of


def links(federated: Federated) -> int:
    return len(rows(federated.running, "SELECT id FROM upstream_links"))


def is_in(traveller: Traveller) -> bool:
    return traveller.browser.client.get("/espace").status_code == 200


def at_the_callback(traveller: Traveller) -> str:
    """Set out to link and return the callback that comes, not gone to."""
    traveller.browser.get("/franceconnect")
    return traveller.set_out("/franceconnect")


def test_mistake_09_a_link_is_made_in_the_browser_and_session_that_asked(federated: Federated) -> None:
    open_account(federated.running)
    open_account(federated.running, BACK, mail="henri@courriel.example")
    federated.choose(CARD)
    with federated.traveller() as thief, federated.traveller() as victim, federated.traveller() as nobody:
        thief.sign_in(PASSWORD, BACK)
        victim.sign_in(PASSWORD, CARD)
        callback = at_the_callback(thief)
        for other in (victim, nobody):
            assert other.browser.get(callback).status == 400, "another browser's way"
        for name in ("state", "code"):
            pairs = dict(parse_qsl(urlsplit(callback).query))
            stolen = at_the_callback(thief)
            pairs[name] = dict(parse_qsl(urlsplit(stolen).query))[name]
            thief.browser.get(f"{CALLBACK}?{urlencode(pairs)}")
        assert links(federated) == 0, "and the identity is not that member's either"


def test_mistake_09_a_proof_is_of_one_session_and_one_way(federated: Federated) -> None:
    open_account(federated.running)
    federated.choose(CARD)
    with federated.traveller() as traveller:
        traveller.sign_in()
        callback = at_the_callback(traveller)
        traveller.browser.submit(action="/deconnexion", page=traveller.browser.get("/contact"))
        traveller.sign_in()
        traveller.browser.get(callback)
        traveller.through()
        assert links(federated) == 0, "the session that asked is over"
        callback = at_the_callback(traveller)
        traveller.browser.get(callback)
        traveller.through()
        assert links(federated) == 1
        traveller.browser.get("/franceconnect")
        traveller.browser.submit({"action": "unlink"}, action="/franceconnect")
        assert links(federated) == 0
        traveller.browser.get(callback)
        assert links(federated) == 0, "nor does it serve twice"


def test_mistake_09_no_proof_outlives_the_unlink(federated: Federated) -> None:
    """Two browsers of a member set out to link; one comes back, links and unlinks; then the other comes back."""
    open_account(federated.running)
    federated.choose(CARD)
    with federated.traveller() as late, federated.traveller() as first, federated.traveller() as inside:
        late.sign_in()
        callback = at_the_callback(late)
        first.sign_in()
        first.link()
        assert links(federated) == 1
        inside.enter()
        assert is_in(inside)
        with federated.traveller() as entering:
            entering.browser.get("/connexion")
            waiting = entering.set_out()
            first.browser.get("/franceconnect")
            first.browser.submit({"action": "unlink"}, action="/franceconnect")
            assert links(federated) == 0
            assert not is_in(inside), "what it opened ends"
            entering.browser.get(waiting)
            assert not is_in(entering), "what was on its way opens nothing"
        assert is_in(late)
        late.browser.get(callback)
        late.through()
        assert links(federated) == 0, "what was asked for before the unlink links nothing after it"


def test_mistake_10_the_same_mail_address_opens_no_account(federated: Federated) -> None:
    """An attacker enrolls with the victim's address first, or has the victim's address upstream."""
    open_account(federated.running, CARD, mail=MAIL)
    open_account(federated.running, BACK, mail=MAIL)
    for person in (CARD, BACK):
        federated.choose(person)
        with federated.traveller() as traveller:
            page = traveller.enter()
            assert page.status == 403
            assert not is_in(traveller)
            assert MAIL not in page.response.text
    assert links(federated) == 0
    federated.choose(BACK)
    with federated.traveller() as traveller:
        traveller.sign_in(PASSWORD, CARD)
        traveller.link()
        assert traveller.told == "refuse", "signed in, and yet somebody else"
    assert links(federated) == 0


def test_mistake_10_an_enrollment_is_proven_by_its_own_person_alone(federated: Federated) -> None:
    federated.choose(BACK)
    with federated.traveller() as traveller:
        enroll_to(traveller.browser, "verification", CARD)
        traveller.press("/franceconnect/preuve")
        assert path(traveller.browser) == "/inscription/verification"
    assert rows(federated.running, "SELECT upstream_sub FROM enrollments WHERE upstream_sub IS NOT NULL") == []
    assert key_of(CARD) != key_of(BACK)


def test_also_05_an_answer_of_another_provider_is_not_redeemed(federated: Federated) -> None:
    """Mix-up (RFC 9207): the code of one provider is never shown to another."""
    federated.link()
    issuer = federated.mock.issuer
    for told in ("https://ailleurs.example", "", None, f"{issuer}/", issuer.upper(), f"{issuer}x", f" {issuer}"):
        with federated.traveller() as traveller:
            traveller.browser.get("/connexion")
            callback = traveller.set_out()
            pairs = dict(parse_qsl(urlsplit(callback).query))
            assert pairs.pop("iss") == issuer
            asked = len(federated.mock.log("token"))
            query = urlencode(pairs if told is None else {**pairs, "iss": told})
            assert 400 <= traveller.browser.get(f"{CALLBACK}?{query}").status < 500
            assert len(federated.mock.log("token")) == asked, "the code stays here"
            assert not is_in(traveller)
