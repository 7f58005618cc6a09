"""The audit log in words: a sentence for every action, and names for what its details hold."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from qadam.people.models import RoleName

GROUPS: dict[str, str | Promise] = {
    "content": _("Publishing"),
    "journeys": _("Course of journeys"),
    "members": _("Members"),
    "settings": _("Settings and access"),
}
"""What the log can be narrowed to."""
ICONS = {"content": "file-check", "journeys": "route", "members": "user", "settings": "settings"}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One action in words. `text` may hold who, what (the object's name) and any key of the details."""

    group: str
    text: str | Promise


SENTENCES = {
    "pack.applied": Sentence("content", _("%(who)s applied the pack “%(what)s”")),
    "template.published": Sentence("content", _("%(who)s published version %(version)s of the template “%(what)s”")),
    "plan.published": Sentence("content", _("%(who)s published version %(version)s of the action plan “%(what)s”")),
    "survey.published": Sentence("content", _("%(who)s published version %(version)s of the survey “%(what)s”")),
    "segment.published": Sentence("content", _("%(who)s published version %(number)s of the segment “%(what)s”")),
    "segmentation.published": Sentence(
        "content", _("%(who)s published version %(number)s of the segmentation “%(what)s”")
    ),
    "case.published": Sentence("content", _("%(who)s published version %(number)s of the case “%(what)s”")),
    "case.retired": Sentence("content", _("%(who)s retired the case “%(what)s”")),
    "map.published": Sentence("content", _("%(who)s published version %(number)s of the map “%(what)s”")),
    "map.shared": Sentence("content", _("%(who)s made the share link “%(label)s” to the map “%(what)s”")),
    "map.unshared": Sentence("content", _("%(who)s closed the share link “%(label)s” to the map “%(what)s”")),
    "map.discarded": Sentence("content", _("%(who)s dropped the draft of version %(number)s of the map “%(what)s”")),
    "map.four_eyes_on": Sentence("settings", _("%(who)s let a second person publish the map “%(what)s”")),
    "map.four_eyes_off": Sentence("settings", _("%(who)s let one person alone publish the map “%(what)s”")),
    "map.reviewed": Sentence("content", _("%(who)s reviewed the map “%(what)s”")),
    "journey.published": Sentence("content", _("%(who)s published version %(number)s of the journey “%(what)s”")),
    "journey.paused": Sentence("journeys", _("%(who)s paused the journey “%(what)s”")),
    "journey.resumed": Sentence("journeys", _("%(who)s let the journey “%(what)s” go on")),
    "journey.enrolled": Sentence("members", _("%(who)s put %(what)s into the journey “%(journey)s”")),
    "journey.stopped": Sentence("members", _("%(who)s took %(what)s out of the journey “%(journey)s”")),
    "journey.moved": Sentence(
        "members", _("%(who)s moved %(what)s in the journey “%(journey)s” from step “%(from)s” to “%(to)s”")
    ),
    "journey.retried": Sentence("members", _("%(who)s had step “%(step)s” tried again for %(what)s")),
    "member.merged": Sentence("members", _("%(who)s merged another record into %(what)s")),
    "member.erased": Sentence("members", _("%(who)s erased a person: %(what)s is what is left")),
    "case.opened": Sentence("members", _("%(who)s opened the case “%(case)s” for %(what)s")),
    "case.closed": Sentence("members", _("%(who)s closed the case “%(case)s” of %(what)s")),
    "case.measure_started": Sentence(
        "members", _("%(who)s began the measure “%(measure)s” of the case “%(case)s” for %(what)s")
    ),
    "case.suggestion_dismissed": Sentence(
        "members", _("%(who)s said no to what the case “%(case)s” suggested for %(what)s")
    ),
    "member.moved": Sentence(
        "members", _("%(who)s moved %(what)s with the downline; sponsor before: %(from)s, now: %(to)s")
    ),
    "suppression.added": Sentence("members", _("%(who)s stopped messages to %(what)s on the channel “%(channel)s”")),
    "suppression.lifted": Sentence(
        "members", _("%(who)s allowed messages to %(what)s on the channel “%(channel)s” again")
    ),
    "messaging.policy_set": Sentence("settings", _("%(who)s set the quiet hours and caps of messages")),
    "staff.added": Sentence("settings", _("%(who)s gave %(what)s a place among the staff")),
}
UNKNOWN = Sentence("", _("%(who)s: %(action)s, %(what)s"))
"""For entries of a release that had an action which this one doesn't know."""

REASONS = ("reason", "note")
"""Details that say why: they stand under the sentence, not among the details."""

DETAILS: dict[str, str | Promise] = {
    "number": _("Version"),
    "edits": _("Changes"),
    "next_on": _("Next review"),
    "version": _("Version"),
    "content_hash": _("Fingerprint of the content"),
    "changed": _("Changed documents"),
    "roles": _("Roles"),
    "journey": _("Journey"),
    "step": _("Step"),
    "enrollment": _("Enrollment"),
    "case": _("Case"),
    "file": _("Case file"),
    "measure": _("Measure"),
    "trigger": _("Begun"),
    "outcome": _("Outcome"),
    "from": _("Before"),
    "to": _("After"),
    "before": _("Before"),
    "after": _("After"),
    "channel": _("Channel"),
    "migration": _("Steps of those under way"),
    "moved": _("Moved to the new version"),
    "backlog": _("Who qualified before"),
    "paused_at": _("Paused since"),
    "on_resume": _("Overdue timers"),
}

ROLES: dict[str, str | Promise] = {
    RoleName.OWNER: _("owner"),
    RoleName.RETENTION: _("retention manager"),
    RoleName.EDITOR: _("training editor"),
    RoleName.ANALYST: _("analyst"),
    RoleName.COMPLIANCE: _("compliance officer"),
    RoleName.INTEGRATOR: _("integrator"),
}

REASON_CODES: dict[str, str | Promise] = {
    "complaint": _("a complaint"),
    "staff": _("decided by staff"),
}


def sentence_of(action: str) -> Sentence:
    return SENTENCES.get(action, UNKNOWN)


def actions_of(group: str) -> list[str]:
    """Return the actions of one group."""
    return [action for action, sentence in SENTENCES.items() if sentence.group == group]
