"""From which address a request comes, also when proxies pass it on.

Its one law: only what a trusted proxy wrote is believed, so nobody is somebody else by
a header of their own.
"""

from collections.abc import Iterator, Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from litestar.types import HTTPScope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"
_FORWARDED = b"x-forwarded-for"
# Whoever has one address of IPv6 has so many.
_ONE_CALLER = 64


def networks(text: str) -> Sequence[Network]:
    """Return the networks in a list with commas. Raises `ValueError`."""
    return [ip_network(part.strip()) for part in text.split(",")]


def of(scope: HTTPScope, proxies: Sequence[Network]) -> str:
    """Return who is to be counted as one caller: an address, or an IPv6 network."""
    client = scope["client"]
    address = None if client is None else _parsed(client[0])
    if address is None:
        return UNKNOWN
    if proxies:
        address = _before(address, scope, proxies)
    if address.version == 4:  # noqa: PLR2004 - of IPv4
        return str(address)
    return str(ip_network((address, _ONE_CALLER), strict=False))


def _before(address: Address, scope: HTTPScope, proxies: Sequence[Network]) -> Address:
    """Return the first address, from here on back, that is no trusted proxy's."""
    for hop in _hops(scope):
        if not any(address in network for network in proxies):
            break
        further = _parsed(hop)
        if further is None:
            break
        address = further
    return address


def _hops(scope: HTTPScope) -> Iterator[str]:
    """Yield what proxies wrote, the nearest one's first."""
    for name, value in reversed(list(scope["headers"])):
        if name == _FORWARDED:
            for hop in reversed(value.split(b",")):
                yield hop.strip().decode("latin-1")


def _parsed(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
