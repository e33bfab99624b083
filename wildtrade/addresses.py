"""Which addresses the program may connect to: public ones, and those that are listed exactly.

``ipaddress.is_global`` misses special addresses on the Pythons we support, so the blocks are written out, from
the IANA IPv4 and IPv6 Special-Purpose Address Registries.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_SPECIAL = [
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/128",  # unspecified
        "::1/128",  # loopback
        "::/96",  # IPv4-compatible (deprecated)
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # local NAT64
        "100::/64",  # discard
        "100:0:0:1::/64",  # dummy prefix
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # unique local
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local (deprecated)
        "ff00::/8",  # multicast
    )
]


def is_public(host: str) -> bool:
    """True for an address on the public internet. An IPv4 address inside an IPv6 one is judged as itself.

    Raises ValueError where ``host`` is no IP address.
    """
    address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return not any(address in block for block in _SPECIAL if block.version == address.version)


class AddressGuard:
    """Says whether a resolved address may be connected to. There is no off switch.

    ``allow`` holds exact ``address:port`` entries, e.g. those of the source being crawled.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self._allow = frozenset(allow)
        self.refused: list[str] = []

    def permits(self, host: str, port: int) -> bool:
        """True where ``host`` (an IP address) and ``port`` may be reached; a refusal is remembered for the log."""
        shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        if shown in self._allow or is_public(host):
            return True
        if len(self.refused) < 1000:
            self.refused.append(shown)
        return False
