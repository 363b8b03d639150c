"""What is told to endpoints, where a message may be sent, and when it is tried again. Pure.

A message goes to public addresses alone, so that nobody can use Tandem to reach into the network that it runs in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import quote, urlsplit


class EventType(StrEnum):
    """What an endpoint can be told. Programs know these names: never rename one."""

    STATE_CHANGED = "connection.state_changed"
    RECOVERED = "connection.recovered"
    HANDOVER_NEEDED = "handover.needed"
    TEST = "test"


#: What an endpoint may choose from; a test is sent on demand.
CHOICES = (EventType.STATE_CHANGED, EventType.RECOVERED, EventType.HANDOVER_NEEDED)
#: After the first failure, the second, and so on: three days in all.
BACK_OFF = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=18),
    timedelta(hours=22),
)
#: An endpoint that took nothing for so long is switched off.
SWITCHED_OFF_AFTER = timedelta(days=3)
GONE = 410
LONGEST_ADDRESS = 500
LOOPBACK_NAME = "localhost"
#: What stands for itself in a path: everything but what HTTP cannot carry.
ASCII = "".join(chr(code) for code in range(0x21, 0x7F))
#: IPv6 that carries an IPv4 address which a look at the address alone would miss (RFC 6052, RFC 3056, RFC 4380).
TRANSLATED = (
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
    ip_network("2002::/16"),
    ip_network("2001::/32"),
)


@dataclass(frozen=True)
class Target:
    """Where an endpoint is: whether it speaks TLS, its host, its port, and the path with its query."""

    is_secret: bool
    host: str
    port: int
    path: str


def read_address(url: str, *, allows_loopback: bool) -> Target:
    """Return where an endpoint's address leads; raise ValueError with a sentence for the person who typed it."""
    if len(url) > LONGEST_ADDRESS or any(character.isspace() or not character.isprintable() for character in url):
        raise ValueError(f"An address has {LONGEST_ADDRESS} characters at most, and no space in it.")
    parts, port = _split(url)
    host = parts.hostname or ""
    is_here = allows_loopback and is_loopback(host)
    if parts.scheme != "https" and not (is_here and parts.scheme == "http"):
        raise ValueError("The address must begin with https://.")
    if parts.username is not None or parts.fragment:
        raise ValueError("Leave out names, passwords and what follows a #. The signature says that a message is ours.")
    if not is_here and not _may_be_public(host):
        raise ValueError("The address must lead to a public server. This one is inside a network.")
    is_secret = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_secret, _as_ascii(host), port or (443 if is_secret else 80), quote(path, safe=ASCII))


def _as_ascii(host: str) -> str:
    """Return a host's name as the internet knows it; HTTP carries ASCII alone."""
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        raise ValueError("This is not an address. It should look like https://example.com/tandem.") from None


def _split(url: str):  # type: ignore[no-untyped-def]  # the standard library's own tuple
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        raise ValueError("This is not an address. It should look like https://example.com/tandem.") from None


def _may_be_public(host: str) -> bool:
    """Say whether a host may lead to a public server, as far as its name tells."""
    try:
        return is_public(ip_address(host))
    except ValueError:
        return "." in host.rstrip(".") and not host.rstrip(".").endswith((".local", ".internal", ".localhost", ".arpa"))


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == LOOPBACK_NAME


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is one of the public internet, also behind IPv6 that carries IPv4."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if any(address in network for network in TRANSLATED):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def first_allowed(addresses: Iterable[str], *, allows_loopback: bool) -> str | None:
    """Return the first of a host's addresses, if every one of them may be called: a name can have both kinds."""
    found = [ip_address(address.partition("%")[0]) for address in addresses]
    if not found or not all(is_public(one) or (allows_loopback and one.is_loopback) for one in found):
        return None
    return str(found[0])


def next_try_at(*, tries: int, now: datetime) -> datetime | None:
    """Return when a message that failed so many times is tried again; None when that was the last time."""
    return now + BACK_OFF[tries - 1] if tries <= len(BACK_OFF) else None


def is_to_be_switched_off(*, failing_since: datetime, now: datetime, status: int | None) -> bool:
    """Say whether an endpoint is given up: it says that it is gone, or it took nothing for days."""
    return status == GONE or now - failing_since >= SWITCHED_OFF_AFTER
