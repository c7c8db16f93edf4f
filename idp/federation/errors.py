"""Why an upstream sign-in gave nothing. Pages tell none of it; the log does, without a value that came from outside."""

from __future__ import annotations

from idp.kernel.errors import IdpError


class UpstreamError(IdpError):
    """Base. The message names the rule that was not met."""


class Unavailable(UpstreamError):
    """The provider does not answer, or answers that it cannot: later may do."""


class Distrusted(UpstreamError):
    """An answer came and is not what the provider would say: nothing of it is used."""


class ClockApart(Distrusted):
    """A token was made in our future or is past its end: one of the two clocks is wrong, and everybody is concerned.

    ``seconds_apart``: how far its moment is ahead of ours (negative: behind).
    """

    def __init__(self, seconds_apart: int) -> None:
        super().__init__("the token is not of this moment")
        self.seconds_apart = seconds_apart
