"""The map's own words and signs: channels, initiators, feelings."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qadam.maps.models import Channel, Initiator

CHANNELS = {
    Channel.ONLINE_PRESENTATION: (_("online presentation"), "presentation"),
    Channel.WEBINAR: (_("webinar"), "monitor-play"),
    Channel.MEETING: (_("meeting"), "handshake"),
    Channel.CONFERENCE: (_("conference"), "users-round"),
    Channel.MENTOR: (pgettext_lazy("channel", "mentor"), "user-round"),
    Channel.MESSENGER: (_("messenger"), "message-circle"),
    Channel.MAILING: (_("mailing"), "mail"),
    Channel.SOCIAL: (_("social network"), "share-2"),
    Channel.CABINET: (pgettext_lazy("channel", "cabinet"), "layout-dashboard"),
    Channel.ORDER: (pgettext_lazy("channel", "order"), "shopping-bag"),
    Channel.SUPPORT: (pgettext_lazy("channel", "support"), "life-buoy"),
    Channel.OTHER: (pgettext_lazy("channel", "other"), "circle-dot"),
}
"""{channel: (its name, its Lucide icon)}."""

INITIATORS = {
    Initiator.COMPANY: _("the company begins"),
    Initiator.CLIENT: _("the client begins"),
    Initiator.SPONSOR: _("the sponsor begins"),
}

FEELINGS = {
    2: pgettext_lazy("feeling", "delight"),
    1: pgettext_lazy("feeling", "interest"),
    0: pgettext_lazy("feeling", "calm"),
    -1: pgettext_lazy("feeling", "doubt"),
    -2: pgettext_lazy("feeling", "distress"),
}
MOUTHS = {
    2: "M6.8 13.2Q12 21 17.2 13.2",
    1: "M7.4 14Q12 18.6 16.6 14",
    0: "M8 15.4H16",
    -1: "M7.6 17Q12 13 16.4 17",
    -2: "M7 18Q12 11 17 18",
}
"""The mouth of the face that stands for a feeling, in a box of 24."""


def feeling_of(score: float) -> int:
    """Return the nearest of the five feelings; a half goes away from zero."""
    return int(abs(score) + 0.5) * (1 if score >= 0 else -1)


def score_text(score: float) -> str:
    """Write a score with its sign: +1, 0, −2, +1.5."""
    return f"{score:+g}".replace("-", "−") if score else "0"
