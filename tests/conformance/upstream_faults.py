"""Every named fault of the mock FranceConnect and what must come of it.

The number before the dash is the row of the table of misbehaviours. A reaction is that of a sign-in whose identity is
linked, with keys and metadata known but old; what else a row asks has a test of its own beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.support.upstream import CALLBACK


@dataclass(frozen=True)
class Reaction:
    """Where the browser ends, and what the provider was asked once the browser was on its way back, keys aside."""

    path: str
    status: int
    asked: tuple[str, ...] = ()


UNASKED = Reaction(CALLBACK, 400)
REDEEMED = Reaction(CALLBACK, 400, ("token",))
TOLD = Reaction(CALLBACK, 400, ("token", "userinfo"))
STRANGER = Reaction(CALLBACK, 403, ("token", "userinfo"))
"""The identity is believed, and opens no account here."""
WORKS = Reaction("/espace", 200, ("token", "userinfo"))
TURNED_BACK = Reaction("/connexion", 200)
NOT_STARTED = Reaction("/franceconnect/connexion", 503)
SIGNED_OUT = Reaction("/deconnexion", 200)
"""The fault meets a logout; the session here is gone before."""

REACTIONS: dict[str, Reaction] = {
    "01-state-missing": UNASKED,
    "01-state-other": UNASKED,
    "01-state-undefined": UNASKED,
    "03-iss-missing": UNASKED,
    "03-iss-other": UNASKED,
    "04-code-and-error": UNASKED,
    "04-code-twice": UNASKED,
    "04-state-twice": UNASKED,
    "04-long-code": UNASKED,
    "04-control-characters": UNASKED,
    "07-unknown-error": UNASKED,
    "07-script-in-description": UNASKED,
    "07-long-description": UNASKED,
    "09-invalid-grant": REDEEMED,
    "09-invalid-client": REDEEMED,
    "09-forbidden": REDEEMED,
    "09-too-many": REDEEMED,
    "09-error-500": REDEEMED,
    "09-html-502": REDEEMED,
    "09-unavailable-503": REDEEMED,
    "10-hang": REDEEMED,
    "10-drip": REDEEMED,
    "10-close": REDEEMED,
    "10-reset": REDEEMED,
    "10-truncate": REDEEMED,
    "11-html": REDEEMED,
    "11-empty": REDEEMED,
    "11-truncated-json": REDEEMED,
    "11-array": REDEEMED,
    "11-wrong-types": REDEEMED,
    "11-duplicate-keys": REDEEMED,
    "11-no-id-token": REDEEMED,
    "11-no-access-token": REDEEMED,
    "11-token-type-mac": REDEEMED,
    "11-bom": REDEEMED,
    "11-gzip-bomb": REDEEMED,
    "11-huge": REDEEMED,
    "12-redirect-301": REDEEMED,
    "12-redirect-302": REDEEMED,
    "12-redirect-307": REDEEMED,
    "12-redirect-loop": REDEEMED,
    "12-redirect-private": REDEEMED,
    "12-userinfo-redirect": TOLD,
    "12-userinfo-redirect-private": TOLD,
    "13-extra-members": WORKS,
    "13-refresh-token": WORKS,
    "13-expires-in-string": REDEEMED,
    "13-expires-in-negative": REDEEMED,
    "14-iss-slash": REDEEMED,
    "14-iss-case": REDEEMED,
    "14-iss-v1": REDEEMED,
    "14-aud-other": REDEEMED,
    "14-aud-array": REDEEMED,
    "14-aud-array-other-azp": REDEEMED,
    "15-nonce-missing": REDEEMED,
    "15-nonce-other": REDEEMED,
    "15-nonce-previous": REDEEMED,
    "16-expired": REDEEMED,
    "16-expired-20s-ago": WORKS,
    "16-iat-future": REDEEMED,
    "16-exp-far": REDEEMED,
    "16-skew-30s-slow": WORKS,
    "16-skew-30s-fast": WORKS,
    "16-skew-5min-slow": REDEEMED,
    "16-skew-5min-fast": REDEEMED,
    "16-nbf-future": REDEEMED,
    "17-alg-none": REDEEMED,
    "17-hs256-secret": REDEEMED,
    "17-hs256-public-key": REDEEMED,
    "17-rs256": REDEEMED,
    "17-alg-case": REDEEMED,
    "18-broken-signature": REDEEMED,
    "18-other-signature": REDEEMED,
    "18-other-key": REDEEMED,
    "18-der-signature": REDEEMED,
    "18-zero-signature": REDEEMED,
    "19-kid-unknown": REDEEMED,
    "19-kid-missing": WORKS,
    "19-kid-missing-two-keys": REDEEMED,
    "19-duplicate-kid": REDEEMED,
    "19-embedded-jwk": REDEEMED,
    "19-jku": REDEEMED,
    "19-x5u": REDEEMED,
    "19-crit": REDEEMED,
    # The keys of before go on being good; a house that never had any is tested apart.
    "20-down": WORKS,
    "20-garbage": WORKS,
    "20-not-json": WORKS,
    "20-huge": WORKS,
    "20-private": WORKS,
    "20-off-curve": WORKS,
    "20-use-enc": WORKS,
    "20-empty": WORKS,
    "20-hang": WORKS,
    "21-random-kid": REDEEMED,
    "22-acr-missing": REDEEMED,
    "22-acr-eidas0": REDEEMED,
    "22-acr-unknown": REDEEMED,
    "23-sub-missing": REDEEMED,
    "23-sub-empty": REDEEMED,
    "23-sub-number": REDEEMED,
    "23-sub-long": REDEEMED,
    "23-sub-spaces": REDEEMED,
    "23-sub-unicode": REDEEMED,
    "24-other-issuer": REDEEMED,
    "25-jwe": REDEEMED,
    "25-nested": REDEEMED,
    "25-five-parts": REDEEMED,
    "25-padded": REDEEMED,
    "25-whitespace": REDEEMED,
    "26-json": TOLD,
    "27-broken-signature": TOLD,
    "27-other-key": TOLD,
    "27-alg-none": TOLD,
    "27-hs256-secret": TOLD,
    "27-aud-other": TOLD,
    "27-iss-other": TOLD,
    "27-expired": TOLD,
    "28-sub-other": TOLD,
    "28-sub-missing": TOLD,
    "29-userinfo-as-id-token": REDEEMED,
    "29-id-token-as-userinfo": TOLD,
    "30-userinfo-401": TOLD,
    "30-userinfo-500": TOLD,
    "30-userinfo-hang": TOLD,
    "30-userinfo-drip": TOLD,
    "30-userinfo-close": TOLD,
    "30-userinfo-truncate": TOLD,
    "30-userinfo-huge": TOLD,
    "30-wrong-content-type": TOLD,
    "30-no-charset": WORKS,
    "30-other-charset": WORKS,
    # To sign in, the `sub` is enough. What these claims do to a link is tested apart.
    "31-claims-missing": WORKS,
    "31-claims-null": WORKS,
    "31-wrong-types": WORKS,
    "31-long-name": WORKS,
    "31-direction-marks": WORKS,
    "31-control-characters": WORKS,
    "31-nul": WORKS,
    "32-day-unknown": WORKS,
    "32-day-and-month-unknown": WORKS,
    "32-29-february": WORKS,
    "32-30-february": WORKS,
    "32-year-0000": WORKS,
    "32-year-1900": WORKS,
    "32-future": WORKS,
    "33-birthplace-empty": WORKS,
    "33-birthplace-text": WORKS,
    "33-birthplace-unknown": WORKS,
    "34-issuer-other": NOT_STARTED,
    "34-endpoints-elsewhere": NOT_STARTED,
    "34-endpoints-http": NOT_STARTED,
    "34-discovery-garbage": WORKS,
    "34-discovery-down": WORKS,
    "34-discovery-hang": WORKS,
    "34-discovery-close": WORKS,
    "35-another-person": STRANGER,
    "37-sub-changed": STRANGER,
    "38-same-email": STRANGER,
    "40-abort": TURNED_BACK,
    "41-state-missing": SIGNED_OUT,
    "41-state-other": SIGNED_OUT,
    "41-down": SIGNED_OUT,
    "41-unregistered": SIGNED_OUT,
    "42-clock-90s-slow": REDEEMED,
    "42-clock-90s-fast": REDEEMED,
}
TOO_LONG = {"07-long-description"}
"""No client of these tests sends such an address: it is written by hand, in a test of its own."""
HANGING = {"10-hang", "10-drip", "20-hang", "30-userinfo-hang", "30-userinfo-drip", "34-discovery-hang"}
"""These last as long as our patience: they are waited for all at once, in one test."""


def named(row: int) -> list[str]:
    """Return the faults of a row that are met one by one."""
    return [name for name in REACTIONS if name.startswith(f"{row:02}-") and name not in HANGING | TOO_LONG]
