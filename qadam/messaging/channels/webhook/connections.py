"""HTTP connections that lead nowhere near our own machines.

The name is resolved once, its addresses are judged, and the connection goes to a judged address: a name that changes
its mind between two look-ups (DNS rebinding) gains nothing.
"""

import http.client
import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")
Connection = http.client.HTTPConnection


class PrivateAddress(Exception):
    """The host is this machine, or one of a private network."""


def connect(scheme: str, host: str, port: int, *, timeout: float, allows_private: bool) -> Connection:
    """Open a connection to a host; `allows_private` also to this machine and private networks.

    Raises:
        PrivateAddress: not one of the host's addresses is public.
        OSError: nobody answers there, or the certificate is wrong.
    """
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(answer[4][0]) for answer in answers]
    allowed = [address for address in addresses if allows_private or is_public(address)]
    if not allowed:
        raise PrivateAddress(host)
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection: Connection = kind(host, port, timeout=timeout)
    connection.sock = _open_socket(allowed, port, timeout)
    if scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(connection.sock, server_hostname=host)
    # Without this it would open a lost connection by itself, and look the name up anew.
    connection.auto_open = 0
    return connection


def _open_socket(addresses: list[str], port: int, timeout: float) -> socket.socket:
    failure: OSError | None = None
    for address in dict.fromkeys(addresses):
        try:
            return socket.create_connection((address, port), timeout)
        except OSError as error:
            failure = error
    raise failure or OSError("no address")


def is_public(address: str) -> bool:
    """Tell whether an IP address is reachable on the Internet; IPv4 in IPv6's clothes is judged as IPv4."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inner = IPv4Address(int(ip) & 0xFFFFFFFF) if ip in NAT64 else ip.ipv4_mapped or ip.sixtofour
        return is_public(str(inner)) if inner else ip.is_global and not ip.is_multicast
    return ip.is_global and not ip.is_multicast
