"""The fund's registry over HTTP: three questions, as ``docs/registry.openapi.yaml`` describes them for the fund.

The NIR goes out only for a member without the fund's own reference, and then in the body alone (law 5).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import anyio

from idp.adapters.registry_answers import read_payments, read_possible, read_verdict
from idp.adapters.registry_credentials import Credentials
from idp.kernel.clock import Clock
from idp.kernel.ids import new_id
from idp.members.proof import Verdict
from idp.members.question import Question
from idp.members.registry import Payment, Registry, RegistryUnavailable
from idp.outbound.client import BODY_BOUND, Outbound
from idp.outbound.errors import OutboundError, Unreachable
from idp.outbound.target import read_target

if TYPE_CHECKING:
    from idp.outbound.exchange import Answered

SECONDS = 6.0
"""The longest wait for one verdict, its second connection included."""

PAYMENTS_BOUND = 512 * 1024
"""Bytes of the longest list: 200 payments with labels of 200 characters, each written as ``\\uXXXX``."""


@dataclass(frozen=True, slots=True)
class MemberReference:
    """How the fund knows a member: by its own stable number, or by the NIR where it gave none."""

    ref: str | None
    nir: str | None = field(repr=False)

    def named(self) -> dict[str, str]:
        """Return the member as the registry reads it: by one name, the reference when there is one."""
        if self.ref is not None:
            return {"ref": self.ref}
        return {} if self.nir is None else {"nir": self.nir}


class HttpRegistry(Registry):
    """See ``members.registry.Registry``. An unknown member is asked about too, under a reference nobody has."""

    def __init__(
        self,
        outbound: Outbound,
        url: str,
        credentials: Credentials,
        reference_of: Callable[[str], Awaitable[MemberReference | None]],
        clock: Clock,
    ) -> None:
        self._outbound = outbound
        self._url = url.rstrip("/")
        self._audience = read_target(url).origin
        self._credentials = credentials
        self._reference_of = reference_of
        self._clock = clock

    async def can_ask(self, member_id: str, question: Question) -> bool:
        """Ask whether the record has anything to judge an answer by."""
        member = await self._named(member_id)
        answered = await self._ask("/questions", {"member": _or_nobody(member), "question": question.value})
        return read_possible(answered) and member is not None

    async def verify(self, member_id: str, question: Question, answer: str, attempt: str) -> Verdict:
        """Have an answer judged, once for each ``attempt``. That an amount is common is no secret of any member's."""
        member = await self._named(member_id)
        given = {"serial" if question.about_card else "amount": answer}
        body = {"member": _or_nobody(member), "question": question.value, "answer": given}
        verdict = read_verdict(await self._ask("/verifications", body, {"Idempotency-Key": attempt}))
        return verdict if member is not None or verdict is Verdict.COMMON else Verdict.NO_QUESTION

    async def latest_payments(self, member_id: str, since: date) -> tuple[Payment, ...]:
        """Ask for the payments of ``since`` and later; at most 200, newest first."""
        member = await self._named(member_id)
        body = {"member": _or_nobody(member), "since": since.isoformat()}
        payments = read_payments(await self._ask("/payments", body, limit=PAYMENTS_BOUND), since)
        return () if member is None else payments

    async def _named(self, member_id: str) -> dict[str, str] | None:
        reference = await self._reference_of(member_id)
        return None if reference is None else reference.named() or None

    async def _ask(
        self, path: str, body: Mapping[str, object], more: Mapping[str, str] | None = None, limit: int = BODY_BOUND
    ) -> Answered:
        """Send one question. Where no answer began it goes out a second time, the same: its key makes that safe."""
        content = json.dumps(body).encode("ascii")
        headers = {"Content-Type": "application/json", "Accept": "application/json", **(more or {})}
        try:
            with anyio.fail_after(SECONDS):
                try:
                    return await self._send(path, headers, content, limit)
                except Unreachable:
                    return await self._send(path, headers, content, limit)
        except TimeoutError:
            raise RegistryUnavailable("the registry gave no whole answer in time") from None
        except OutboundError as error:
            raise RegistryUnavailable(f"the registry cannot be asked: {error}") from error

    async def _send(self, path: str, headers: Mapping[str, str], content: bytes, limit: int) -> Answered:
        bearer = self._credentials.bearer
        if bearer is not None:
            headers = {**headers, "Authorization": f"Bearer {bearer.token(self._audience, self._clock.now())}"}
        return await self._outbound.ask(
            "POST",
            self._url + path,
            headers=headers,
            content=content,
            tls=self._credentials.tls,
            limit=limit,
        )


def _or_nobody(member: Mapping[str, str] | None) -> Mapping[str, str]:
    """Return the member, or a made-up one of the same length of talk: an observer cannot tell them apart."""
    return member or {"ref": new_id()}
