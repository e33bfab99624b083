"""The address guard: special addresses in every spelling, public ones, exact exceptions."""

from __future__ import annotations

import pytest

from wildtrade.addresses import AddressGuard, is_public

SPECIAL = """
0.0.0.0 10.0.0.1 10.255.255.255 100.64.0.1 127.0.0.1 127.8.8.8 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.1 192.0.2.5 192.31.196.1 192.52.193.1 192.88.99.1 192.168.1.1 192.175.48.1
198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1
::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::1 64:ff9b:1::1 100::1 2001::1 2001:db8::1
2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1
"""
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "198.20.0.1"]


@pytest.mark.parametrize("address", SPECIAL.split())
def test_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


def test_only_the_exact_exception_passes() -> None:
    guard = AddressGuard(["127.0.0.1:8471", "[::1]:8471"])
    assert guard.permits("127.0.0.1", 8471)
    assert guard.permits("::1", 8471)
    assert not guard.permits("127.0.0.1", 8472)
    assert not guard.permits("127.0.0.2", 8471)
    assert guard.refused == ["127.0.0.1:8472", "127.0.0.2:8471"]
