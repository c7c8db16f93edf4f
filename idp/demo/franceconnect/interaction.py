"""Between the request and the way back: who are you, and may this be sent?

A session of this browser spares the first question, never the second.
"""

from typing import Final

from starlette.responses import Response

from idp.demo.franceconnect import callback
from idp.demo.franceconnect.answers import BAD_IDENTITY, pages, see, trouble
from idp.demo.franceconnect.asked import SESSION_COOKIE, Asked
from idp.demo.franceconnect.citizens import Citizen
from idp.demo.franceconnect.scopes import opened
from idp.demo.franceconnect.state import Interaction, Mock, Session
from idp.demo.franceconnect.words import french

TECHNICAL: Final = "authentication aborted due to a technical error"
LOST: Final = "Votre session a expiré, ou s’est ouverte dans un autre navigateur. Retournez au service et recommencez."


def start(mock: Mock, interaction: Interaction, cookie: str) -> Response:
    """Begin an interaction in this browser; without pages when the control API has chosen the citizen."""
    if mock.chosen is not None:
        return _without_pages(mock, interaction, _replaced(mock, mock.chosen))
    sid, session = cookie, mock.sessions.get(cookie)
    if session is None:
        sid, session = mock.word(), Session()
        mock.sessions[sid] = session
    interaction.session = sid
    if interaction.acr in mock.level.sso and session.until > mock.now():
        interaction.citizen = session.citizen
        if mock.level.session_slides:
            session.until = mock.now() + mock.level.session_s
    uid = mock.word()
    mock.interactions[uid] = interaction
    answer = see(f"{mock.issuer}/interaction/{uid}")
    answer.set_cookie(SESSION_COOKIE, sid, httponly=True, samesite="lax")
    return answer


async def show(mock: Mock, asked: Asked) -> Response:
    """The choice, or once it is made the information page."""
    interaction = _mine(mock, asked)
    if interaction is None:
        return _lost()
    here = f"{mock.issuer}/interaction/{asked.uid}"
    service = interaction.client.name
    if interaction.citizen is None:
        return pages.show(
            "franceconnect/choice.html", here=here, service=service, citizens=mock.citizens.values()
        )
    citizen = mock.citizens[interaction.citizen]
    sent = [french(claim) for claim in opened(interaction.scopes, mock.level.scopes) if claim != "sub"]
    return pages.show(
        "franceconnect/information.html", here=here, service=service, citizen=citizen, sent=list(dict.fromkeys(sent))
    )


async def choose(mock: Mock, asked: Asked) -> Response:
    """A citizen signs in: on to the information page, or back where the register says no."""
    interaction = _mine(mock, asked)
    if interaction is None:
        return _lost()
    citizen = mock.citizens.get((asked.once or {}).get("citizen", ""))
    if citizen is None:
        return see(f"{mock.issuer}/interaction/{asked.uid}")
    citizen = _replaced(mock, citizen.key)
    if citizen.outcome == "invalid":
        back = f"{mock.issuer}/interaction/{asked.uid}/return"
        return trouble(BAD_IDENTITY, back=back)
    if citizen.outcome != "known":
        return _refused(mock, interaction, citizen)
    interaction.citizen = citizen.key
    session = mock.sessions[interaction.session]
    session.citizen, session.until = citizen.key, mock.now() + mock.level.session_s
    return see(f"{mock.issuer}/interaction/{asked.uid}")


async def confirm(mock: Mock, asked: Asked) -> Response:
    """The citizen has read what will be sent: back to the client with a code."""
    interaction = _mine(mock, asked)
    if interaction is None or interaction.citizen is None:
        return _lost()
    del mock.interactions[asked.uid]
    return callback.succeed(mock, interaction, mock.citizens[interaction.citizen])


async def abort(mock: Mock, asked: Asked) -> Response:
    """« Revenir sur … »."""
    interaction = _mine(mock, asked)
    if interaction is None:
        return _lost()
    del mock.interactions[asked.uid]
    return callback.fail(
        mock, interaction.redirect_uri, interaction.state, "access_denied", "User auth aborted"
    )


async def give_up(mock: Mock, asked: Asked) -> Response:
    """The way back from the page of an identity that cannot be used."""
    interaction = _mine(mock, asked)
    if interaction is None:
        return _lost()
    del mock.interactions[asked.uid]
    return _server_error(mock, interaction)


def _without_pages(mock: Mock, interaction: Interaction, citizen: Citizen) -> Response:
    if citizen.outcome == "known":
        return callback.succeed(mock, interaction, citizen)
    if citizen.outcome == "invalid":
        return _server_error(mock, interaction)
    return _refused(mock, interaction, citizen)


def _refused(mock: Mock, interaction: Interaction, citizen: Citizen) -> Response:
    if citizen.outcome == "down":
        error, description = "temporarily_unavailable", TECHNICAL
    else:
        error, description = "access_denied", "user authentication aborted"
    return callback.fail(mock, interaction.redirect_uri, interaction.state, error, description)


def _server_error(mock: Mock, interaction: Interaction) -> Response:
    return callback.fail(mock, interaction.redirect_uri, interaction.state, "server_error", TECHNICAL)


def _replaced(mock: Mock, key: str) -> Citizen:
    """The citizen who answers: another one than chosen, when a fault says so."""
    fault = mock.faults.take("citizen")
    return mock.citizens[fault["key"] if fault is not None else key]


def _mine(mock: Mock, asked: Asked) -> Interaction | None:
    interaction = mock.interactions.get(asked.uid)
    if interaction is None or interaction.session != asked.session or interaction.until <= mock.now():
        return None
    return interaction


def _lost() -> Response:
    return trouble("Y000400", LOST)
