"""Whom the throttle counts: the peer, or what trusted proxies say of it, hop by hop (law 9)."""

from __future__ import annotations

from ipaddress import IPv6Address, IPv6Network, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from idp.web.source import Sources, source_of

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def request(peer: str | None, *forwarded: str) -> Request:
    headers = [(b"x-forwarded-for", value.encode("latin-1", "replace")) for value in forwarded]
    return Request({"type": "http", "headers": headers, "client": (peer, 1) if peer is not None else None})


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9,10.0.0.3 , 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.9, 10.0.0.2"], "10.0.0.9"),
        ("10.0.0.1", ["nobody"], "unknown"),
        ("10.0.0.1", [""], "unknown"),
        ("10.0.0.1", ["203.0.113.9, unknown, 10.0.0.2"], "unknown"),
        ("fd00::1", ["2001:db8:1:2:aaaa::1"], "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        (None, ["203.0.113.9"], "unknown"),
        ("testclient", [], "unknown"),
    ],
)
def test_a_header_counts_only_behind_a_trusted_proxy(peer: str | None, forwarded: list[str], source: str) -> None:
    assert Sources(TRUSTED).of(request(peer, *forwarded)) == source


def test_without_trusted_proxies_no_header_counts() -> None:
    assert Sources().of(request("10.0.0.1", "203.0.113.9")) == "10.0.0.1"


def test_a_chain_without_end_is_read_from_its_near_end_alone() -> None:
    assert Sources(TRUSTED).of(request("10.0.0.1", ", ".join(["203.0.113.9"] + ["10.0.0.2"] * 10_000))) == "10.0.0.2"


@given(st.text(max_size=80))
def test_any_text_has_one_source_and_no_fault(address: str) -> None:
    assert source_of(address) == source_of(address)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_a_home_is_one_source_whatever_its_devices_call_themselves(address: IPv6Address, device: int) -> None:
    home = IPv6Network((int(address) >> 64 << 64, 64))
    if int(home.network_address) >> 64:  # below lie the IPv4 addresses written as IPv6
        assert source_of(str(home.network_address + device)) == f"{home.network_address}/64"
