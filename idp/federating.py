"""The upstream provider, put together from the settings: its client, its button, its keys (design section 8)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.routing import Route

from idp.accounts.account import Account
from idp.accounts.upstream import UpstreamIdentity
from idp.house import House
from idp.kernel.clock import Instant
from idp.kernel.errors import OperatorError
from idp.kernel.keyring import KeyPurpose
from idp.signin.needs import SignInNeeds
from idp.signin.opening import Evidence
from idp.storage.unit import Begin, Unit
from idp.web.issuer import Issuer
from idp.web.shell import Offer, Shell

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

    from idp.federation.franceconnect import FranceConnect
    from idp.federation.leaving import Sessions
    from idp.federation.needs import Proving

_ABOUT = "https://franceconnect.gouv.fr"
LARGEST_BUTTON = 64 * 1024


@dataclass(frozen=True)
class Upstream:
    """One upstream provider, ready."""

    client: FranceConnect
    offer: Offer
    artwork: bytes | None
    jwks: bytes | None


    def routes(self, signin: SignInNeeds, begin: Begin, proving: Proving) -> list[Route]:
        """Return its pages."""
        from idp.federation.needs import FederationNeeds
        from idp.federation.routes import routes

        needs = FederationNeeds(signin, begin, self.client, self.offer.name, proving)
        return routes(needs, self.artwork, self.jwks)

    def linked_at(self, unit: Unit, account: Account) -> Instant | None:
        """Return since when an account is linked here."""
        link = unit.upstream.link_for(account.id, self.client.registration.issuer)
        return None if link is None else link.linked_at

    def sessions(self, shell: Shell) -> Sessions:
        """Return what sign-in asks about sessions that it opened."""
        from idp.federation.leaving import Sessions

        return Sessions(self.client, shell)

    def open_proven(
        self, signin: SignInNeeds, unit: Unit, request: Request, account: Account, identity: UpstreamIdentity
    ) -> str:
        """Sign in a member whom an identity proved at enrollment; returns the cookie (``EnrollmentNeeds.sign_in``)."""
        from idp.federation.signing_in import open_proven

        before = signin.facts(unit, request).session
        browser, now = signin.shell.browser(request) or "", signin.shell.clock.now()
        evidence = Evidence((self.client.profile.amr,), identity.acr)
        return open_proven(unit, before, account, browser, evidence, identity, now)


def make_upstream(house: House) -> Upstream | None:
    """Return the upstream provider of the settings, None when there is none.

    Raises ``OperatorError`` for artwork that cannot be read, and where a key to decrypt with is missing.
    """
    settings = house.settings
    issuer = settings.franceconnect_issuer
    if issuer is None or settings.franceconnect_client_id is None or settings.franceconnect_client_secret is None:
        return None
    from idp.federation.franceconnect import FranceConnect, Registration
    from idp.federation.profile import PROFILES, ProfileName
    from idp.federation.routes import CALLBACK, RETURNED

    ours = Issuer(settings.issuer)
    profile = PROFILES[ProfileName(settings.franceconnect_profile)]
    private = _private(house) if profile.encrypted else {}
    registration = Registration(
        issuer,
        settings.franceconnect_client_id,
        settings.franceconnect_client_secret.get_secret_value(),
        settings.franceconnect_alg,
        ours.link(CALLBACK),
        ours.link(RETURNED),
    )
    # The operator configured where it is; a mock on this machine may be it.
    outbound = house.outbound(issuer)
    parts = urlsplit(issuer)
    artwork = _artwork(house)
    offer = Offer(
        settings.franceconnect_name,
        f"{parts.scheme}://{parts.netloc}",
        _ABOUT if profile.layout is not None else "",
        artwork is not None,
    )
    client = FranceConnect(registration, profile, outbound, house.clock, private)
    return Upstream(client, offer, artwork, _jwks(house) if profile.encrypted else None)


def _private(house: House) -> Mapping[str, ECKey]:
    """Return the keys that the provider encrypts to; a node without any says how to make one."""
    from joserfc.jwk import ECKey

    keys = {file.kid: ECKey.import_key(file.material) for file in house.keys if file.purpose is KeyPurpose.DECRYPT}
    if not keys:
        raise OperatorError("FranceConnect+ encrypts to a key of ours, and there is none: run idp keys init")
    return keys


def _jwks(house: House) -> bytes:
    """Return the public halves, those of every node."""
    entries = [entry for entry in house.ring if entry.purpose is KeyPurpose.DECRYPT and entry.public_jwk]
    return json.dumps({"keys": [json.loads(entry.public_jwk or "") for entry in entries]}).encode()


def _artwork(house: House) -> bytes | None:
    path = house.settings.franceconnect_button
    if path is None:
        return None
    try:
        artwork = house.settings.path(path).read_bytes()
    except OSError as error:
        raise OperatorError(f"IDP_FRANCECONNECT_BUTTON cannot be read: {error.strerror}") from error
    if len(artwork) > LARGEST_BUTTON or b"<svg" not in artwork:
        raise OperatorError("IDP_FRANCECONNECT_BUTTON must be an SVG file of at most 64 KiB")
    return artwork
