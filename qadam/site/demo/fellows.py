"""What members do for each other: join challenges, say that they were helped, name somebody for an award."""

from qadam.lib.errors import DomainError
from qadam.people.models import Member
from qadam.recognition import challenges
from qadam.recognition import operations as recognition
from qadam.recognition.awards import Nomination, NominationState
from qadam.site.demo.cabinet_acts import user_of
from qadam.site.demo.diary import Fact

AWARD = "values"


def join(member: Member, fact: Fact) -> None:
    try:
        challenges.join_challenge(member=member, key=str(fact.props["challenge"]), now=fact.at)
    except DomainError:
        # Set aside, or over for this member.
        return


def confirm_help(member: Member, fact: Fact) -> None:
    recognition.confirm_help(member=member, now=fact.at)


def name(member: Member, fact: Fact, giver: Member) -> None:
    words = str(fact.props["words"])
    try:
        recognition.nominate_badge(badge=AWARD, nominee=member, nominated_by=giver, words=words, now=fact.at)
    except DomainError:
        return


def award(member: Member, fact: Fact, leader: Member) -> None:
    """Let the leader confirm what waits."""
    waiting = Nomination.objects.filter(badge=AWARD, nominee=member, state=NominationState.WAITING).first()
    if waiting is not None:
        recognition.decide_nomination(nomination=waiting, decider=user_of(leader), is_approved=True, now=fact.at)
