from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class UnknownPlan(DomainError):
    kind = Kind.MISSING
    message = _("There is no action plan “%(plan)s”.")


class UnknownTask(DomainError):
    kind = Kind.MISSING
    message = _("There is no such task in this plan.")


class ClosesItself(DomainError):
    kind = Kind.REFUSED
    message = _("This task closes by itself when it has happened.")


class DayIsOver(DomainError):
    kind = Kind.REFUSED
    message = _("A tick can be taken back only on the same day.")


class NotOpenYet(DomainError):
    kind = Kind.REFUSED
    message = _("This task opens on a later day. It doesn't run away.")


class AlreadyDone(DomainError):
    kind = Kind.REFUSED
    message = _("This task is done already.")


class NeedsProof(DomainError):
    kind = Kind.REFUSED
    message = _("Show your mentor what came of it; the task closes when it has been looked at.")


class NotATalk(DomainError):
    kind = Kind.REFUSED
    message = _("Only a call or a meeting with you can be noted from here.")


# The first goal and the direction


class UnknownGoal(DomainError):
    kind = Kind.MISSING
    message = _("This goal isn't offered.")


class GoalReached(DomainError):
    kind = Kind.REFUSED
    message = _("Your first goal is reached already.")


class UnknownDirection(DomainError):
    kind = Kind.REFUSED
    message = _("Choose one of the directions.")


class HoursOutOfReach(DomainError):
    kind = Kind.REFUSED
    message = _("Give the hours a week as a whole number from 1 to 60.")


class ReasonTooLong(DomainError):
    kind = Kind.REFUSED
    message = _("%(most)s letters fit here. Please make it shorter.")


# What is shown to the mentor


class NothingShown(DomainError):
    kind = Kind.REFUSED
    message = _("Add a few words, a photo or a link, so that there is something to look at.")


class NotAskedFor(DomainError):
    kind = Kind.REFUSED
    message = _("This task doesn't take that. It takes: %(takes)s.")


class NotAWebAddress(DomainError):
    kind = Kind.REFUSED
    message = _("The link should begin with https://")


class WordsTooLong(DomainError):
    kind = Kind.REFUSED
    message = _("%(most)s letters fit here. Please make it shorter.")


class ProofWaits(DomainError):
    kind = Kind.CONFLICT
    message = _("What you sent lies with your mentor already. Wait for the answer, or take it back first.")


class UnknownProof(DomainError):
    """Said also of what isn't this visitor's to see, so that numbers tell nothing."""

    kind = Kind.MISSING
    message = _("There is nothing here for you to answer.")


class AlreadyDecided(DomainError):
    kind = Kind.CONFLICT
    message = _("This has been answered already.")


class ReasonNeeded(DomainError):
    kind = Kind.REFUSED
    message = _("Write in a sentence what to try differently.")


# Photos


class PhotoTooLarge(DomainError):
    kind = Kind.REFUSED
    message = _("The photo is larger than %(most)s MB. Send a smaller one, for example a screenshot of it.")


class TooManyPhotos(DomainError):
    kind = Kind.REFUSED
    message = _("That is enough photos for this hour. Send it a little later; a text or a link goes at once.")


class NotAPhoto(DomainError):
    kind = Kind.REFUSED
    message = _("This file isn't a photo that we can read. Send a JPEG, PNG or WebP picture.")


class PhotoTooDetailed(DomainError):
    kind = Kind.REFUSED
    message = _("The picture has too many pixels. Send a smaller one, for example a screenshot of it.")


# The office's draft


class DraftMoved(DomainError):
    kind = Kind.CONFLICT
    message = _("Somebody else has changed this plan meanwhile. Open it again; your text is still in the form.")


class NoDraft(DomainError):
    kind = Kind.MISSING
    message = _("This plan has no draft.")
