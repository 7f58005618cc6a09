"""The ways out, a folder each. Which one carries e-mail follows from the settings.

EMAIL_HOST set: `smtp`; else `mailbox`, so that nobody mails strangers by accident. MESSAGING_CHANNEL names the carrier
of e-mail outright; `null` carries everything (the demo's history goes there).
"""

from importlib import import_module

from django.conf import settings

from qadam.messaging.channels.protocol import Channel

KINDS = ("email", "webhook")


def carrier_of(kind: str) -> str:
    """Return the name of the folder that carries messages of this kind."""
    chosen = getattr(settings, "MESSAGING_CHANNEL", "")
    if kind != "email":
        return "null" if chosen == "null" else kind
    return chosen or ("smtp" if settings.EMAIL_HOST else "mailbox")


def open_channel(kind: str) -> Channel:
    """Open the channel for messages of this kind; close it after use."""
    carrier = import_module(f"{__name__}.{carrier_of(kind)}.channel")
    channel: Channel = carrier.open_channel()
    return channel
