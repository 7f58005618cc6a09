from django.utils.translation import gettext_lazy as _

from qadam.lib.errors import DomainError, Kind


class SponsorLoop(DomainError):
    kind = Kind.REFUSED
    message = _("%(member)s can't stand below %(sponsor)s: that would close a loop in the sponsor tree.")


class AlreadyRegistered(DomainError):
    kind = Kind.CONFLICT
    message = _("%(member)s is registered already, since %(at)s.")


class UnknownMember(DomainError):
    kind = Kind.MISSING
    message = _("There is no member %(member)s.")


class AccessDenied(DomainError):
    kind = Kind.FORBIDDEN
    message = _("This page isn't yours to see. Ask the owner of the installation for the right.")


class NotSetUp(DomainError):
    kind = Kind.CONFLICT
    message = _("This installation has no company yet. Run “qadam pack apply” first.")


class SamePerson(DomainError):
    kind = Kind.REFUSED
    message = _("Choose two different records.")


class MergeInOneLine(DomainError):
    """Two records that stand above each other are a sponsor and a partner, not one person twice."""

    kind = Kind.REFUSED
    message = _("%(kept)s and %(other)s stand in one sponsor line. Move one of them first.")


class MergeOfTwoRegistered(DomainError):
    """Two sign-ins of one person: which one stays is for the person to say."""

    kind = Kind.REFUSED
    message = _("%(kept)s and %(other)s both have a sign-in. Remove one of them first.")


class AlreadyErased(DomainError):
    kind = Kind.CONFLICT
    message = _("This person has been erased already.")


class PauseUpsideDown(DomainError):
    kind = Kind.REFUSED
    message = _("The last day of the pause must not be before its first.")


class PauseInPast(DomainError):
    kind = Kind.REFUSED
    message = _("A pause begins today at the earliest.")


class PauseTooFar(DomainError):
    kind = Kind.REFUSED
    message = _("A pause can begin within the next %(days)s days.")


class PauseTooLong(DomainError):
    kind = Kind.REFUSED
    message = _("A pause has %(days)s days at most.")


class PauseTooOften(DomainError):
    kind = Kind.REFUSED
    message = _("Two pauses in a quarter are all there are. The next one can begin on %(on)s.")


class PauseTwice(DomainError):
    kind = Kind.CONFLICT
    message = _("You have a pause already. End it first.")


class NoPause(DomainError):
    kind = Kind.CONFLICT
    message = _("There is no pause to end.")


class ZoneChangedLately(DomainError):
    """Each change could give a day twice or take one away."""

    kind = Kind.REFUSED
    message = _("You changed the time zone a short while ago. It can change again on %(on)s.")


class HasNotLeft(DomainError):
    kind = Kind.CONFLICT
    message = _("You haven't left.")


class LeftByCompany(DomainError):
    kind = Kind.FORBIDDEN
    message = _("The company ended your membership. To come back, talk to your mentor or to the company's office.")


class HasLeft(DomainError):
    kind = Kind.CONFLICT
    message = _("You have left already.")


class StaffNotErased(DomainError):
    """Erasing would take the place among the staff along."""

    kind = Kind.REFUSED
    message = _("You are among the company's staff too. Ask the owner to take that away first.")


class CannotInvite(DomainError):
    kind = Kind.REFUSED
    message = _("Only partners who are with the company can invite.")


class ConsentNeeded(DomainError):
    kind = Kind.REFUSED
    message = _("Without the consent to keep your data nobody can be registered.")


class UnknownText(DomainError):
    """The form names a version of a consent that was never published: it was changed on its way, or is very old."""

    kind = Kind.CONFLICT
    message = _("The text has changed meanwhile. Read it again and send the form once more.")


class LinkUnknown(DomainError):
    kind = Kind.MISSING
    message = _("This link isn't one of ours, or it was cut on the way. Ask for a new one.")


class LinkUsed(DomainError):
    kind = Kind.CONFLICT
    message = _("This link has been used. Each one works once; ask for a new one.")


class LinkExpired(DomainError):
    kind = Kind.CONFLICT
    message = _("The time of this link is over. Ask for a new one.")


class AlreadySettled(DomainError):
    kind = Kind.CONFLICT
    message = _("Somebody has settled this already.")


class PasskeyRefused(DomainError):
    kind = Kind.REFUSED
    message = _("This passkey didn't work here. Try again, or have a link sent to you.")


class PasskeyTaken(DomainError):
    kind = Kind.CONFLICT
    message = _("This passkey is here already.")


class TooManyPasskeys(DomainError):
    kind = Kind.REFUSED
    message = _("%(most)s passkeys are the most. Remove one that you no longer use.")


class WeakPassword(DomainError):
    kind = Kind.REFUSED
    message = _("This password is too easy to guess. Take at least %(least)s signs, and not your name or e-mail.")


class FaultyHours(DomainError):
    kind = Kind.REFUSED
    message = _("Quiet hours need a beginning and an end that differ.")
