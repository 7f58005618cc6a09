"""What the tables and columns of an export are called, in the member's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qadam.cabinet.export_parts import Part
from qadam.people.models import Member, User

TABLES: Mapping[str, str | Promise] = {
    "people.Member": gettext_lazy("you, as the company knows you"),
    "people.User": gettext_lazy("your sign-in"),
    "people.AuditEntry": gettext_lazy("what staff or you did with your record"),
    "people.Consent": gettext_lazy("what you agreed to, and when you took it back"),
    "people.Pause": gettext_lazy("your pauses"),
    "people.Invitation": gettext_lazy("your link for inviting"),
    "people.Joining": gettext_lazy("the form you joined with"),
    "people.Membership": gettext_lazy("stages, segments and cases you were in"),
    "people.Activity": gettext_lazy("how often and when you did what"),
    "people.FormerId": gettext_lazy("numbers under which the company knew you before"),
    "people.SeenKey": gettext_lazy("answers that your phone sent later"),
    "people.SignInLink": gettext_lazy("letters by which you signed in"),
    "people.Passkey": gettext_lazy("your passkeys, without the keys"),
    "people.Role": gettext_lazy("your rights among the staff"),
    "events.Event": gettext_lazy("the log: everything that happened, one line for each fact"),
    "tasks.Task": gettext_lazy("the tasks of your plan"),
    "tasks.PersonalPlan": gettext_lazy("the direction and goal you chose"),
    "tasks.Proof": gettext_lazy("what you showed for practical tasks"),
    "messaging.Outbox": gettext_lazy("messages to you: decided, sent or held back, and why"),
    "messaging.LocalMail": gettext_lazy("letters to you that are kept here"),
    "messaging.StaffLetter": gettext_lazy("short letters about your people"),
    "messaging.Suppression": gettext_lazy("addresses of yours that take no messages"),
    "surveys.Request": gettext_lazy("questions you were asked, with your answers"),
    "experiments.Assignment": gettext_lazy("groups you were drawn into, to see what helps"),
    "journeys.Enrollment": gettext_lazy("journeys you walked"),
    "journeys.Transition": gettext_lazy("steps of those journeys"),
    "cases.CaseFile": gettext_lazy("files in which the company helped you on"),
    "cases.MeasureRun": gettext_lazy("measures of those files"),
    "recognition.PointEntry": gettext_lazy("the ledger of your points"),
    "recognition.PointTotal": gettext_lazy("your points by week, month and in all"),
    "recognition.MemberLevel": gettext_lazy("your level"),
    "recognition.Award": gettext_lazy("your badges"),
    "recognition.Nomination": gettext_lazy("whom you put forward for a badge, and who did so for you"),
    "recognition.StreakAct": gettext_lazy("days that count for your streaks"),
    "recognition.StreakState": gettext_lazy("your streaks"),
    "community.Attendance": gettext_lazy("gatherings you came to"),
    "community.Gathering": gettext_lazy("gatherings you lead"),
    "community.Feed": gettext_lazy("your calendar's address, without its key"),
}

COLUMNS: Mapping[str, str | Promise] = {
    "id": gettext_lazy("number of the line"),
    "type": gettext_lazy("what happened"),
    "props": gettext_lazy("the details of the fact"),
    "source": gettext_lazy("where it came from"),
    "external_id": gettext_lazy("the number of the thing where it came from"),
    "occurred_at": gettext_lazy("when it happened"),
    "recorded_at": gettext_lazy("when it arrived here"),
    "created_at": gettext_lazy("when it was made"),
    "at": gettext_lazy("when"),
    "given_at": gettext_lazy("when you agreed"),
    "withdrawn_at": gettext_lazy("when you took it back"),
    "text_version": gettext_lazy("the version of the text you agreed to"),
    "channel": gettext_lazy("by which way"),
    "kind": gettext_lazy("of which kind"),
    "name": gettext_lazy("name"),
    "email": gettext_lazy("e-mail"),
    "phone": gettext_lazy("phone"),
    "language": gettext_lazy("language"),
    "zone": gettext_lazy("time zone"),
    "points": gettext_lazy("points"),
    "comment": gettext_lazy("your words"),
    "words": gettext_lazy("words"),
    "text": gettext_lazy("text"),
    "subject": gettext_lazy("subject"),
    "reason": gettext_lazy("the reason"),
    "status": gettext_lazy("how it stands"),
    "state": gettext_lazy("how it stands"),
    "done_at": gettext_lazy("when it was done"),
    "sent_at": gettext_lazy("when it was sent"),
    "left_at": gettext_lazy("when it ended"),
    "entered_at": gettext_lazy("when it began"),
    "answered_at": gettext_lazy("when you answered"),
    "asked_at": gettext_lazy("when it was asked for"),
    "score": gettext_lazy("your answer as a number"),
    "option": gettext_lazy("the answer you chose"),
    "arm": gettext_lazy("the group"),
    "first_on": gettext_lazy("first day"),
    "last_on": gettext_lazy("last day"),
    "registered_at": gettext_lazy("when you registered"),
    "day_zero_at": gettext_lazy("day 0 of your path"),
}


def table_words(part: Part) -> str:
    """Say what a table is; one that has no words yet is called by its own name."""
    return str(TABLES.get(part.label, part.model._meta.verbose_name))


def column_words(part: Part, field: models.Field[object, object]) -> str:
    """Say what a column holds; a reference says to what, one without words of its own is called by its name."""
    if field.is_relation and field.related_model in (Member, User):
        return _("who: you or another person")
    if field.is_relation and field.related_model is not None:
        return _("line of “%(table)s”") % {"table": field.related_model._meta.label.lower().replace(".", "-")}
    return str(COLUMNS.get(field.name, field.name.replace("_", " ")))


def kind_words(field: models.Field[object, object]) -> str:
    """Say in which form a column's values come."""
    if field.is_relation:
        return _("reference")
    match field:
        case models.DateTimeField():
            return _("time, UTC")
        case models.DateField():
            return _("date")
        case models.BooleanField():
            return _("True or False")
        case models.JSONField():
            return "JSON"
        case models.IntegerField():
            return _("whole number")
    return _("text")
