"""The words of case files: states, outcomes, triggers, channels, purposes."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qadam.cases.measures import Channel, Purpose, Trigger
from qadam.cases.models import Outcome

OUTCOMES: Mapping[str, str | Promise] = {
    "": pgettext_lazy("case", "open"),
    Outcome.SUCCESS: pgettext_lazy("case", "success"),
    Outcome.FAILURE: pgettext_lazy("case", "failure"),
    Outcome.EXPIRED: pgettext_lazy("case", "time is over"),
    Outcome.EXCLUDED: pgettext_lazy("case", "doesn't concern them"),
    Outcome.CANCELLED: pgettext_lazy("case", "cancelled"),
}
OUTCOME_CHIPS: Mapping[str, tuple[str, str]] = {
    "": ("chip-watch", "circle-dot"),
    Outcome.SUCCESS: ("chip-good", "check"),
    Outcome.FAILURE: ("chip-bad", "x"),
    Outcome.EXPIRED: ("chip-plain", "hourglass"),
    Outcome.EXCLUDED: ("chip-plain", "circle-slash"),
    Outcome.CANCELLED: ("chip-plain", "circle-stop"),
}
"""(class, icon) of the chip that shows an outcome."""
TRIGGERS: Mapping[str, str | Promise] = {
    Trigger.AUTOMATIC: _("begins by itself"),
    Trigger.SUGGESTED: _("suggested to the mentor"),
    Trigger.MANUAL: _("by hand"),
}
CHANNELS: Mapping[str, str | Promise] = {
    Channel.EMAIL: _("e-mail"),
    Channel.TELEGRAM: "Telegram",
    Channel.CABINET: _("cabinet"),
    Channel.SURVEY: _("survey"),
    Channel.CALL: _("call"),
    Channel.CHAT: _("chat"),
    Channel.MEETING: _("meeting"),
    Channel.TASK: _("task"),
    Channel.OTHER: _("another way"),
}
CHANNEL_ICONS: Mapping[str, str] = {
    Channel.EMAIL: "mail",
    Channel.TELEGRAM: "send",
    Channel.CABINET: "smartphone",
    Channel.SURVEY: "message-circle-question-mark",
    Channel.CALL: "phone",
    Channel.CHAT: "message-circle",
    Channel.MEETING: "users",
    Channel.TASK: "list-checks",
    Channel.OTHER: "dot",
}
PURPOSES: Mapping[str, str | Promise] = {
    Purpose.CARE: _("care"),
    Purpose.PRODUCT: _("product"),
    Purpose.TRAINING: _("training"),
    Purpose.RECRUITING: _("recruiting"),
    Purpose.RECOGNITION: _("recognition"),
    Purpose.SERVICE: _("service"),
}
