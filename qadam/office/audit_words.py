"""The audit log in words: a sentence for every action, and names for what its details hold."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from qadam.community.queries import KIND_WORDS
from qadam.people.models import RoleName
from qadam.recognition.compliance import Matter
from qadam.recognition.models import NominationState

GROUPS: dict[str, str | Promise] = {
    "content": _("Publishing"),
    "recognition": _("Recognition"),
    "journeys": _("Course of journeys"),
    "members": _("Members"),
    "settings": _("Settings and access"),
}
"""What the log can be narrowed to."""
ICONS = {
    "content": "file-check",
    "recognition": "award",
    "journeys": "route",
    "members": "user",
    "settings": "settings",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One action in words. `text` may hold who, what (the object's name) and any key of the details."""

    group: str
    text: str | Promise


SENTENCES = {
    "pack.applied": Sentence("content", _("%(who)s applied the pack “%(what)s”")),
    "template.published": Sentence("content", _("%(who)s published version %(version)s of the template “%(what)s”")),
    "plan.published": Sentence("content", _("%(who)s published version %(version)s of the action plan “%(what)s”")),
    "plan.drafted": Sentence("content", _("%(who)s changed the draft of the action plan “%(what)s”")),
    "plan.draft_discarded": Sentence("content", _("%(who)s dropped the draft of the action plan “%(what)s”")),
    "plan.moved": Sentence(
        "content", _("%(who)s let the people under way go over to version %(version)s of the action plan “%(what)s”")
    ),
    "plan.recruiting_offered": Sentence(
        "content",
        _("%(who)s offered the first goal “%(goal)s”, which counts people brought in, in the action plan “%(what)s”"),
    ),
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
    "member.joined": Sentence("members", _("%(who)s confirmed the address and joined: %(what)s")),
    "joining.settled": Sentence("members", _("%(who)s settled who invited %(what)s")),
    "consent.published": Sentence("content", _("%(who)s published version %(version)s of the consent “%(what)s”")),
    "terms.published": Sentence("content", _("%(who)s published version %(version)s of the terms of joining")),
    "passkey.added": Sentence("settings", _("%(who)s added a passkey")),
    "passkey.removed": Sentence("settings", _("%(who)s removed a passkey")),
    "password.set": Sentence("settings", _("%(who)s set a password")),
    "password.removed": Sentence("settings", _("%(who)s removed the password")),
    "points.published": Sentence("recognition", _("%(who)s published version %(number)s of the point rule “%(what)s”")),
    "points.retired": Sentence("recognition", _("%(who)s took the point rule “%(what)s” out of force")),
    "points.repaired": Sentence("recognition", _("%(who)s set the points of %(what)s right by the ledger")),
    "levels.published": Sentence("recognition", _("%(who)s published version %(number)s of the levels “%(what)s”")),
    "streak.published": Sentence("recognition", _("%(who)s published version %(number)s of the streak “%(what)s”")),
    "streak.retired": Sentence("recognition", _("%(who)s took the streak “%(what)s” out of force")),
    "badge.published": Sentence("recognition", _("%(who)s published version %(number)s of the badge “%(what)s”")),
    "badge.retired": Sentence("recognition", _("%(who)s took the badge “%(what)s” out of force")),
    "badge.awarded_in_hindsight": Sentence(
        "recognition", _("%(who)s gave the badge “%(what)s” to those who had earned it before")
    ),
    "nomination.decided": Sentence("recognition", _("%(who)s answered the nomination of %(what)s")),
    "challenge.published": Sentence(
        "recognition", _("%(who)s published version %(number)s of the challenge “%(what)s”")
    ),
    "challenge.stopped": Sentence("recognition", _("%(who)s stopped the challenge “%(what)s”")),
    "board.published": Sentence("recognition", _("%(who)s published version %(number)s of the board “%(what)s”")),
    "board.retired": Sentence("recognition", _("%(who)s took the board “%(what)s” away")),
    "member.merged": Sentence("members", _("%(who)s merged another record into %(what)s")),
    "member.erased": Sentence("members", _("%(who)s erased a person: %(what)s is what is left")),
    "member.erased_at_own_wish": Sentence("members", _("A member had themselves erased: %(what)s is what is left")),
    "member.exported": Sentence("members", _("%(who)s downloaded the own data: %(what)s")),
    "gathering.added": Sentence("content", _("%(who)s planned a gathering")),
    "gathering.changed": Sentence("content", _("%(who)s changed a gathering")),
    "gathering.cancelled": Sentence("content", _("%(who)s cancelled a gathering")),
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
    "gathering": _("Gathering"),
    "starts_at": _("When"),
    "trigger": _("Begun"),
    "outcome": _("Outcome"),
    "from": _("Before"),
    "to": _("After"),
    "before": _("Before"),
    "after": _("After"),
    "channel": _("Channel"),
    "warnings": _("The law looks at"),
    "given": _("Badges given"),
    "members": _("People"),
    "goal": _("First goal"),
    "badge": _("Badge"),
    "state": _("Answer"),
    "revision": _("Saving"),
    "sponsor": _("Sponsor"),
    "sponsor_before": _("Sponsor before"),
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


CODES: dict[str, dict[str, str | Promise]] = {
    "gathering": KIND_WORDS,
    "warnings": {
        Matter.RECRUITING: _("bringing people in"),
        Matter.OWN_PURCHASE: _("own purchases"),
    },
    "state": {
        NominationState.APPROVED: pgettext_lazy("nomination", "agreed"),
        NominationState.DECLINED: pgettext_lazy("nomination", "declined"),
    },
}
"""Words for what details hold as codes."""


def sentence_of(action: str) -> Sentence:
    return SENTENCES.get(action, UNKNOWN)


def actions_of(group: str) -> list[str]:
    """Return the actions of one group."""
    return [action for action, sentence in SENTENCES.items() if sentence.group == group]
