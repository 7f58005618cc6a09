"""For which address of ours a passkey is made."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest

from qadam.people.models import Company
from qadam.people.passkeys import Site


def site_of(request: HttpRequest) -> Site | None:
    """Return where a ceremony of this request takes place; None where browsers allow none.

    The host is one of ALLOWED_HOSTS, or the request wouldn't be here. Browsers want a name (not a number) and https;
    localhost is the exception.
    """
    host, own = request.get_host(), urlsplit(settings.BASE_URL)
    name = urlsplit(f"//{host}").hostname or ""
    origins = [f"{request.scheme}://{host}"]
    if name == own.hostname:
        # Behind a proxy that speaks https for us the request itself may not know it.
        origins.append(f"{own.scheme}://{own.netloc}")
    is_safe = name == "localhost" or any(origin.startswith("https:") for origin in origins)
    if _is_number(name) or not is_safe:
        return None
    return Site(name, tuple(dict.fromkeys(origins)), Company.objects.values_list("name", flat=True).first() or "Qadam")


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
