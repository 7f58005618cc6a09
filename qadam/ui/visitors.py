"""From where a request comes."""

from ipaddress import ip_address

from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the visitor's network address. Behind a proxy of our own network, the one that the proxy saw."""
    near = str(request.META.get("REMOTE_ADDR", ""))
    told = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return told if told and _is_own_network(near) else near


def _is_own_network(address: str) -> bool:
    try:
        return ip_address(address).is_private
    except ValueError:
        return True
