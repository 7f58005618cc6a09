"""Letters that let a person in: in the person's language, through the queue of letters to users.

What opens the door is made when the letter is written (`complete`), so that no table holds it.
"""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from qadam.jobs.transactions import write
from qadam.messaging import operations
from qadam.people import sign_in_links
from qadam.people.models import User
from qadam.people.queries import get_company
from qadam.people.sign_in_links import LinkState
from qadam.people.sign_in_models import SignInLink

PREFIX = "/sign-in/link/"
KEY = "sign-in:"
"""How the keys of these letters begin."""
SECURITY_PAGE = "/me/security/"


@write()
def queue_link(*, link: SignInLink, is_joining_again: bool = False, now: datetime) -> None:
    """Queue the letter of a link. `is_joining_again`: the form to join was filled in by who is here already."""
    company = get_company().name
    with translation.override(link.user.language):
        if link.joining is not None:
            subject, body, label = _words_of_joining(company)
        elif is_joining_again:
            subject, body, label = _words_of_joining_again(company)
        else:
            subject, body, label = _words_of_sign_in(company)
    letter = operations.NewStaffLetter(
        key=f"{KEY}{link.id}", user_id=link.user_id, subject=subject, body=body, label=label, path=f"{PREFIX}{link.id}/"
    )
    operations.queue_staff_letters([letter], now=now)


def _words_of_sign_in(company: str) -> tuple[str, str, str]:
    subject = _("Your way in to %(company)s") % {"company": company}
    body = [
        _("You asked to come in with this address."),
        _("Press the button, and once more on the page that opens. The link works once, for 20 minutes."),
        _("If it wasn't you, do nothing. Without this letter nobody comes in."),
    ]
    return subject, "\n\n".join(body), _("Come in")


def _words_of_joining(company: str) -> tuple[str, str, str]:
    subject = _("Confirm your address and begin") + f" · {company}"
    body = [
        _("This address was given in a form to join %(company)s.") % {"company": company},
        _(
            "Press the button, and once more on the page that opens. You are registered then, and your first day "
            "begins. The link works for 7 days."
        ),
        _("If it wasn't you, do nothing. Nobody is registered without this letter, and the form is deleted in 7 days."),
    ]
    return subject, "\n\n".join(body), _("Confirm and begin")


def _words_of_joining_again(company: str) -> tuple[str, str, str]:
    subject = _("You are with %(company)s already") % {"company": company}
    body = [
        _("This address was given in a form to join %(company)s. You are here already, so nothing was changed.")
        % {"company": company},
        _("If it was you, come in by this button. The link works once, for 20 minutes."),
        _("If it wasn't you, do nothing. Without this letter nobody comes in."),
    ]
    return subject, "\n\n".join(body), _("Come in")


@write()
def queue_notice(*, user: User, what: str, now: datetime) -> None:
    """Tell a user that a way in was added or taken away: `what` is one of NOTICES."""
    with translation.override(user.language):
        subject = str(NOTICES[what]())
        body = "\n\n".join(
            [
                subject + ".",
                _("If it was you, there is nothing to do. If not, come in by a letter, and undo it on this page."),
            ]
        )
        label = _("Ways to sign in")
    key = f"{KEY}{what}:{user.id}:{now.isoformat()}"
    letter = operations.NewStaffLetter(
        key=key, user_id=user.id, subject=subject, body=body, label=label, path=SECURITY_PAGE
    )
    operations.queue_staff_letters([letter], now=now)


NOTICES = {
    "passkey.added": lambda: _("A passkey was added to your sign-in"),
    "passkey.removed": lambda: _("A passkey was removed from your sign-in"),
    "password.set": lambda: _("A password was set for your sign-in"),
    "password.removed": lambda: _("The password of your sign-in was removed"),
}


def complete(path: str, now: datetime) -> str | None:
    """Return the address for a letter that is written now: with what opens the door, where it leads to one.

    None: the link has been used or has ended, so that a letter about it would only confuse.
    """
    number = path.removeprefix(PREFIX).rstrip("/")
    if not path.startswith(PREFIX) or not number.isdecimal():
        return path
    link = SignInLink.objects.select_related("user", "joining").filter(id=int(number)).first()
    if link is None or sign_in_links.state_of(link, now) is not LinkState.LIVE:
        return None
    return f"{PREFIX}{sign_in_links.token_of(link)}/"
