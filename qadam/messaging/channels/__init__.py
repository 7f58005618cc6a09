"""The ways out, a folder each. Which one carries e-mail follows from the settings.

EMAIL_HOST set: `smtp`; else `mailbox`, so that nobody mails strangers by accident. MESSAGING_CHANNEL names one outright
(the demo's history goes to `null`).
"""

from importlib import import_module

from django.conf import settings

from qadam.messaging.channels.protocol import Channel

KINDS = ("email",)


def carrier_of(kind: str) -> str:
    """Return the name of the folder that carries messages of this kind."""
    chosen = getattr(settings, "MESSAGING_CHANNEL", "")
    return chosen or ("smtp" if settings.EMAIL_HOST else "mailbox")


def open_channel(kind: str) -> Channel:
    """Open the channel for messages of this kind; close it after use."""
    carrier = import_module(f"{__name__}.{carrier_of(kind)}.channel")
    channel: Channel = carrier.open_channel()
    return channel
