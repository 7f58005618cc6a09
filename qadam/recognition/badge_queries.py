"""Badges as pages show them: what a member has, and how far it is to the next ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from qadam import conditions
from qadam.conditions import Progress
from qadam.people.models import Member
from qadam.recognition.awards import Award
from qadam.recognition.badge_documents import ONLY_TIER, BadgeDocument, Repeat, Tier, Way
from qadam.recognition.badges import Goal, as_asked
from qadam.recognition.queries import NAMELESS, read_facts, tell_fact
from qadam.recognition.reading import BadgeVersion, read_book
from qadam.recognition.shapes import Badges, BadgeView

SHOWN_FACTS = 5


def badges_of(member: Member, now: datetime, language: str, names: Mapping[str, str] = NAMELESS) -> Badges:
    """Return a member's badges and the open ones; hidden ones are left out until they are given.

    `names`: words for what stands in facts as a key.
    """
    versions = {version.badge.key: version for version in read_book().badges}
    held = list(Award.objects.held().filter(member=member).order_by("-awarded_at", "-id"))
    own = _highest([row for row in held if row.badge in versions], versions)
    facts = read_facts({place for row in own for place in row.evidence[:SHOWN_FACTS]})
    told = {place: tell_fact(fact, language, names) for place, fact in facts.items()}
    open_goals = _open_goals(list(versions.values()), held, now)
    asked = [as_asked(goal, now)[1] for goal in open_goals]
    known = conditions.progress(asked, member_id=member.id, now=now, language=language)
    return Badges(
        own=tuple(_own_view(row, versions[row.badge].badge, told, language) for row in own),
        open=(
            *(_open_view(goal, progress, language) for goal, progress in zip(open_goals, known, strict=True)),
            *_nominated_views(versions, held, language),
        ),
    )


def _highest(held: Sequence[Award], versions: dict[str, BadgeVersion]) -> list[Award]:
    """Return of each badge and period the highest tier, in the given order."""
    best: dict[tuple[str, str], Award] = {}
    for row in held:
        before = best.get((row.badge, row.period))
        if before is None or _rank(row, versions) > _rank(before, versions):
            best[row.badge, row.period] = row
    return [row for row in held if best[row.badge, row.period] is row]


def _rank(row: Award, versions: dict[str, BadgeVersion]) -> int:
    keys = [tier.key for tier in versions[row.badge].badge.tiers]
    return keys.index(row.tier) if row.tier in keys else -1


def _open_goals(versions: Sequence[BadgeVersion], held: Sequence[Award], now: datetime) -> list[Goal]:
    """Return the next tier of each badge that isn't hidden and not had in this period."""
    have = {(row.badge, row.tier, row.period) for row in held}
    found = []
    for version in versions:
        goals = [Goal(version, tier) for tier in version.badge.tiers]
        still = [goal for goal in goals if (goal.badge.key, goal.tier.key, as_asked(goal, now)[0]) not in have]
        if still and not version.badge.hidden:
            found.append(still[0])
    return found


def _own_view(row: Award, badge: BadgeDocument, told: Mapping[int, str], language: str) -> BadgeView:
    tier = next((each for each in badge.tiers if each.key == row.tier), None)
    evidence = [told[place] for place in row.evidence[:SHOWN_FACTS] if place in told]
    criteria = conditions.explain(tier.when, language) if tier else ""
    return _view(badge, tier, language, criteria, awarded_at=row.awarded_at, evidence=tuple(dict.fromkeys(evidence)))


def _open_view(goal: Goal, progress: Progress, language: str) -> BadgeView:
    if goal.badge.secret:
        return _secret_view(goal.badge)
    parts = tuple((part.words, part.have, part.need) for part in progress.parts)
    return _view(goal.badge, goal.tier, language, conditions.explain(goal.tier.when, language), parts=parts)


def _view(
    badge: BadgeDocument,
    tier: Tier | None,
    language: str,
    criteria: str,
    *,
    awarded_at: datetime | None = None,
    evidence: tuple[str, ...] = (),
    parts: tuple[tuple[str, int, int], ...] = (),
) -> BadgeView:
    farthest = min(parts, key=lambda part: part[1] / part[2], default=("", 0, 0))
    return BadgeView(
        key=badge.key,
        name=badge.name.in_language(language),
        tier_name=tier.name.in_language(language) if tier and tier.name else "",
        icon=badge.icon,
        why=badge.why.in_language(language),
        how=badge.how.in_language(language),
        criteria=criteria,
        kind=badge.way.value,
        awarded_at=awarded_at,
        evidence=evidence,
        have=farthest[1],
        need=farthest[2],
        parts=parts,
    )


def _secret_view(badge: BadgeDocument) -> BadgeView:
    """Say that there is a secret badge, and nothing else."""
    told = _("It shows itself when it is earned.")
    return BadgeView(badge.key, _("A secret badge"), "", "sparkles", "", told, "", badge.way.value, None, (), 0, 0, ())


def _nominated_views(versions: dict[str, BadgeVersion], held: Sequence[Award], language: str) -> list[BadgeView]:
    """Return the badges that colleagues give and that a member hasn't got."""
    have = {row.badge for row in held}
    badges = [version.badge for version in versions.values() if version.badge.way is Way.NOMINATED]
    return [
        _view(badge, None, language, "")
        for badge in badges
        if not badge.hidden and not (badge.repeat is Repeat.ONCE and badge.key in have)
    ]


def names_of_badges(language: str) -> dict[tuple[str, str], tuple[str, str, str]]:
    """Return {(badge, tier): (name, name of the tier, icon)} of every badge in force."""
    found = {}
    for version in read_book().badges:
        badge = version.badge
        for key, name in [(tier.key, tier.name) for tier in badge.tiers] or [(ONLY_TIER, None)]:
            tier_name = name.in_language(language) if name else ""
            found[badge.key, key] = (badge.name.in_language(language), tier_name, badge.icon)
    return found
