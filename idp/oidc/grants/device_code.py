"""The device grant (RFC 8628 3.4, 3.5): a device polls until the member has decided, then redeems the code made for it.

A device code is bound to its client and worth its tokens once: what is redeemed is an authorization code, under every
condition of one. Polling is not punished but slowed.
"""

from __future__ import annotations

from typing import Any

from authlib.oauth2.rfc6749 import (
    BaseGrant,
    InvalidGrantError,
    InvalidRequestError,
    OAuth2Error,
    TokenEndpointMixin,
    UnauthorizedClientError,
)
from authlib.oauth2.rfc6749.hooks import hooked

from idp.kernel.ids import digest
from idp.oidc.clients import DEVICE_GRANT
from idp.oidc.devices import Device
from idp.oidc.exchange import Exchange, current
from idp.oidc.grants.authorization_code import redeemed


class DeviceCodeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # the library has no types
    """Answers the polls of devices."""

    GRANT_TYPE = DEVICE_GRANT

    def validate_token_request(self) -> None:
        """Find the decided device of this client. Raises the errors of RFC 8628 3.5 and ``InvalidRequestError``."""
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(DEVICE_GRANT):
            raise UnauthorizedClientError
        device_code = self.request.form.get("device_code")
        if device_code is None:
            raise InvalidRequestError("Missing 'device_code' in request.")
        self.request.client = client
        self.request.user = _redeemed(current(), _decided(current(), device_code))

    @hooked  # type: ignore[untyped-decorator]  # the library has no types
    def create_token_response(self) -> Any:
        """Make the tokens of a device that was let in."""
        scope = self.request.user.grant.scope
        refreshed = self.request.client.check_grant_type("refresh_token")
        token = self.generate_token(user=self.request.user, scope=scope, include_refresh_token=refreshed)
        self.save_token(token)
        return 200, token, self.TOKEN_RESPONSE_HEADER


def _decided(exchange: Exchange, device_code: str) -> Device:
    """Return the device that the member let in. Raises why there is none."""
    devices, now = exchange.unit.devices, exchange.now
    device = devices.find(digest(device_code))
    if device is None or device.client_id != exchange.client.id:
        raise InvalidGrantError
    if device.denied_at is not None:
        raise OAuth2Error(error="access_denied", description="the member refused")
    if device.code is None and device.expires_at <= now:
        raise OAuth2Error(error="expired_token", description="the device code is past its time")
    if not devices.polled(device.device_code, now):
        raise OAuth2Error(error="slow_down", description="the device polls too often: wait 5 seconds more")
    if device.code is None:
        raise OAuth2Error(error="authorization_pending", description="the member has not decided yet")
    return device


def _redeemed(exchange: Exchange, device: Device) -> Any:
    code = exchange.unit.grants.find_code(device.code or "")
    if code is None:
        raise InvalidGrantError
    return redeemed(exchange, code)
