"""Devices that wait for a member (RFC 8628); each is decided by one conditional update (law 2)."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import BindParameter, Connection, bindparam, insert, or_, select, update

from idp.kernel.clock import SECOND, Instant
from idp.oidc.devices import SECONDS, Device
from idp.storage.tables import device_grants as devices

_NOW: BindParameter[int] = bindparam("now_")
_CODE = devices.c.device_code == bindparam("device_")
_WAITING = (
    devices.c.user_code == bindparam("user_"),
    devices.c.expires_at > _NOW,
    devices.c.code.is_(None),
    devices.c.denied_at.is_(None),
)
_FIND = select(devices).where(_CODE)
_OPEN = select(devices).where(*_WAITING)
_POLL = (
    update(devices)
    .where(_CODE, or_(devices.c.polled_at.is_(None), devices.c.polled_at + devices.c.seconds * SECOND <= _NOW))
    .values(polled_at=_NOW)
)
_SLOW = update(devices).where(_CODE).values(polled_at=_NOW, seconds=devices.c.seconds + SECONDS)
_ALLOW = update(devices).where(*_WAITING).values(code=bindparam("code_"))
_DENY = update(devices).where(*_WAITING).values(denied_at=_NOW)


class SqlDevices:
    """See ``oidc.devices.DeviceStore``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, device: Device) -> None:
        """See the port."""
        self._connection.execute(insert(devices), asdict(device))

    def find(self, device_code: str) -> Device | None:
        """See the port."""
        row = self._connection.execute(_FIND, {"device_": device_code}).one_or_none()
        return None if row is None else Device(**row._asdict())

    def waiting(self, user_code: str, now: Instant) -> Device | None:
        """See the port."""
        row = self._connection.execute(_OPEN, {"user_": user_code, "now_": now}).one_or_none()
        return None if row is None else Device(**row._asdict())

    def polled(self, device_code: str, now: Instant) -> bool:
        """See the port."""
        values = {"device_": device_code, "now_": now}
        if self._connection.execute(_POLL, values).rowcount == 1:
            return True
        self._connection.execute(_SLOW, values)
        return False

    def allow(self, user_code: str, code: str, now: Instant) -> bool:
        """See the port."""
        values = {"user_": user_code, "code_": code, "now_": now}
        return self._connection.execute(_ALLOW, values).rowcount == 1

    def deny(self, user_code: str, now: Instant) -> bool:
        """See the port."""
        return self._connection.execute(_DENY, {"user_": user_code, "now_": now}).rowcount == 1
