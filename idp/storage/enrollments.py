"""Enrollments, each saved under its version: two tabs, one winner."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from idp.accounts.terms import Acceptance
from idp.accounts.upstream import UpstreamIdentity
from idp.enrollment.facts import Answer, Enrollment, Profile, Purpose
from idp.members.question import Question
from idp.storage.tables import enrollments

_PLAIN = tuple(
    column.name
    for column in enrollments.c
    if column.name not in ("secret", "former") and not column.name.startswith(("terms_", "upstream_"))
)
_GET = select(enrollments)


class SqlEnrollments:
    """See ``enrollment.ports.EnrollmentStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, cookie_digest: str, purpose: Purpose) -> Enrollment | None:
        """Return the one a cookie names, expired or not, if it is for this."""
        named = _GET.where(enrollments.c.secret == cookie_digest, enrollments.c.purpose == purpose)
        row = self._connection.execute(named).mappings().one_or_none()
        if row is None:
            return None
        values = {name: row[name] for name in _PLAIN}
        values["profile"] = Profile(row["profile"]) if row["profile"] else None
        values["purpose"] = Purpose(row["purpose"])
        values["question"] = Question(row["question"]) if row["question"] else None
        values["answer"] = Answer(row["answer"]) if row["answer"] else None
        if row["terms_revision"] is not None:
            values["terms"] = Acceptance(
                row["terms_revision"], row["terms_language"], row["terms_digest"], row["terms_accepted_at"]
            )
        if row["upstream_sub"] is not None:
            values["upstream"] = UpstreamIdentity(row["upstream_issuer"], row["upstream_sub"], row["upstream_acr"])
        return Enrollment(**values)

    def save(self, enrollment: Enrollment) -> bool:
        """Replace the version before this one; version 1 is new. False when another tab was faster."""
        if enrollment.version == 1:
            self._connection.execute(insert(enrollments), _row(enrollment))
            return True
        saved = self._connection.execute(
            update(enrollments)
            .where(enrollments.c.id == enrollment.id, enrollments.c.version == enrollment.version - 1)
            .values(_row(enrollment))
        )
        return saved.rowcount == 1

    def renew(self, enrollment_id: str, cookie_digest: str) -> None:
        """Give an enrollment a new cookie; the former one is remembered and opens nothing."""
        self._connection.execute(
            update(enrollments)
            .where(enrollments.c.id == enrollment_id)
            .values(former=enrollments.c.secret, secret=cookie_digest)
        )

    def was(self, cookie_digest: str) -> bool:
        """Tell whether this is the former cookie of an enrollment."""
        found = self._connection.execute(select(enrollments.c.id).where(enrollments.c.former == cookie_digest))
        return found.first() is not None

    def drop(self, cookie_digest: str) -> None:
        """Take an enrollment from its cookie: what it has asked of the post goes on without it."""
        self._connection.execute(update(enrollments).where(enrollments.c.secret == cookie_digest).values(secret=None))


def _row(enrollment: Enrollment) -> dict[str, object]:
    accepted, upstream = enrollment.terms, enrollment.upstream
    return {
        **{name: getattr(enrollment, name) for name in _PLAIN},
        "terms_revision": accepted.revision if accepted else None,
        "terms_language": accepted.language if accepted else None,
        "terms_digest": accepted.digest if accepted else None,
        "terms_accepted_at": accepted.accepted_at if accepted else None,
        "upstream_issuer": upstream.issuer if upstream else None,
        "upstream_sub": upstream.sub if upstream else None,
        "upstream_acr": upstream.acr if upstream else None,
    }
