"""The map's own words and signs: channels, initiators, feelings."""

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from qadam.maps.models import Channel, Evidence, Initiator
from qadam.ui.formats import number_words

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

EVIDENCE = {
    Evidence.ASSUMED: (pgettext_lazy("evidence", "assumed"), "pencil-line"),
    Evidence.INTERVIEW: (pgettext_lazy("evidence", "from interviews"), "messages-square"),
    Evidence.SURVEY: (pgettext_lazy("evidence", "from a survey"), "clipboard-list"),
}
"""{what an expectation rests on: (its words, its Lucide icon)}."""

TRIGGERS = {
    "automatic": (pgettext_lazy("measure", "by itself"), "zap"),
    "suggested": (pgettext_lazy("measure", "suggested to the mentor"), "lightbulb"),
    "manual": (pgettext_lazy("measure", "by hand"), "hand"),
}
"""{how a measure begins: (its words, its Lucide icon)}."""

MEASURE_CHANNELS = {
    "email": pgettext_lazy("measure", "a letter"),
    "telegram": "Telegram",
    "cabinet": pgettext_lazy("measure", "in the cabinet"),
    "survey": pgettext_lazy("measure", "a short survey"),
    "call": pgettext_lazy("measure", "a call"),
    "chat": pgettext_lazy("measure", "a chat"),
    "meeting": pgettext_lazy("measure", "a meeting"),
    "task": pgettext_lazy("measure", "a task"),
    "other": "",
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


def score_text(score: float, language: str = "") -> str:
    """Write a score with its sign and at most one decimal: +1, 0, −2, +1.5, in Russian and Kazakh +1,5.

    Without a language it is the reader's.
    """
    rounded = round(score, 1)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return sign + number_words(abs(rounded), language or get_language() or "en")
