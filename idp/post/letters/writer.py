"""What the two letters say, from the catalogue: nothing of a letter's words is anywhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from idp.kernel.clock import Instant, moment, paris_date
from idp.post.letters.addressee import Origin
from idp.post.letters.page import Block, Heading, LetterPage, Notice, Paragraph, Steps, Typed
from idp.web.french import day

_TOWN = re.compile(r"\b\d{5} (?P<town>[^\d,]+?)(?: CEDEX[^,]*)?(?:,|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every letter of this fund has in common.

    ``site`` is the host as a person types it; ``freeze_page`` the same with the path of the page for freeze codes.
    """

    organisation: str
    address: str
    phone: str
    hours: str
    site: str
    freeze_page: str


@dataclass(frozen=True, slots=True)
class Occasion:
    """One letter's own facts. ``asked_at``, ``written_at`` and ``expires_at`` are shown as days in Paris."""

    reference: str
    recipient: tuple[str, ...]
    origin: Origin
    code: str
    asked_at: Instant
    written_at: Instant
    expires_at: Instant


class LetterWriter:
    """Makes pages out of occasions."""

    def __init__(self, letterhead: Letterhead, t: Callable[..., str]) -> None:
        self._head = letterhead
        self._t = t

    def provisional(self, letter: Occasion) -> LetterPage:
        """Return the letter that brings a provisional password (words.md section 35)."""
        t, head = self._t, self._head
        steps = (
            t("letter.provisional.step.1", site=head.site),
            t("letter.provisional.step.2"),
            t("letter.provisional.step.3"),
            t("letter.provisional.step.4"),
            t("letter.provisional.step.5"),
        )
        return self._page(
            letter,
            t("letter.provisional.subject"),
            Paragraph(self._asked(letter.origin)),
            Typed(letter.code),
            Paragraph(t("letter.provisional.valid", date=day(paris_date(letter.expires_at))), bold=True),
            Heading(t("letter.provisional.how.title")),
            Steps(steps),
            Notice(t("letter.provisional.unasked", phone=head.phone)),
        )

    def confirmation(self, letter: Occasion) -> LetterPage:
        """Return the letter that tells of a password sent by mail, with a code that freezes (section 36)."""
        t, head = self._t, self._head
        renewed = letter.origin is Origin.RECOVERY
        asked_on = day(paris_date(letter.asked_at))
        steps = (
            t("letter.confirmation.step.1", page=head.freeze_page),
            t("letter.confirmation.step.2"),
            t("letter.confirmation.step.3"),
        )
        return self._page(
            letter,
            t("letter.reset.subject") if renewed else t("letter.confirmation.subject"),
            Paragraph(
                t("letter.reset.text", date=asked_on, site=head.site)
                if renewed
                else t("letter.confirmation.text", date=asked_on, site=head.site)
            ),
            Paragraph(t("letter.confirmation.you"), bold=True),
            Paragraph(t("letter.confirmation.lead")),
            Typed(letter.code),
            Paragraph(t("letter.confirmation.valid", date=day(paris_date(letter.expires_at))), bold=True),
            Heading(t("letter.confirmation.how.title")),
            Steps(steps),
            Notice(t("letter.confirmation.not_you", phone=head.phone)),
        )

    def _asked(self, origin: Origin) -> str:
        match origin:
            case Origin.ENROLLMENT:
                return self._t("letter.provisional.lead")
            case Origin.RECOVERY:
                return self._t("letter.provisional.lead_recovery")
            case Origin.AGENT:
                return self._t("letter.provisional.lead_agent")

    def _page(self, letter: Occasion, title: str, *body: Block) -> LetterPage:
        t, head = self._t, self._head
        return LetterPage(
            organisation=head.organisation,
            sender=(
                *(part.strip() for part in head.address.split(",")),
                t("letter.sender.phone", phone=head.phone),
                head.site,
            ),
            reference=t("letter.provisional.reference", reference=letter.reference),
            recipient=letter.recipient,
            place_and_date=self._place_and_date(letter.written_at),
            title=title,
            body=(
                Paragraph(t("letter.provisional.greeting")),
                *body,
                Paragraph(t("letter.provisional.help", phone=head.phone, hours=head.hours)),
                Paragraph(t("letter.provisional.close")),
                Paragraph(head.organisation),
            ),
            emphasis=frozenset({head.site, head.freeze_page}),
            footer=t("letter.footer"),
            written_at=moment(letter.written_at),
        )

    def _place_and_date(self, written_at: Instant) -> str:
        """Name the town when the fund's address shows which it is."""
        written_on = day(paris_date(written_at))
        town = _TOWN.search(self._head.address)
        if town is None:
            return self._t("letter.date", date=written_on)
        return self._t("letter.provisional.date", city=town["town"], date=written_on)
