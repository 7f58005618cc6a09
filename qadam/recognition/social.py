"""What people do beside each other: boards and leagues, challenges, the wall, and how each wants to be seen."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from qadam.people.models import Member
from qadam.recognition.definitions import Definition, Kind


class Board(models.Model):
    """A leaderboard by its key, for rows that refer to it by a small number. What holds is its newest definition."""

    key = models.CharField(max_length=48, unique=True)

    @classmethod
    def of_teams(cls) -> models.QuerySet[Board]:
        """Return the boards on which a group is a team: there its key is the leader's id."""
        versions = Definition.objects.filter(kind=Kind.BOARD, document__group="team")
        return cls.objects.filter(key__in=versions.values("key"))


class Score(models.Model):
    """What a member has on a board in one period, with the group in which it is compared.

    `group_key`: the leader's id (team), the ordinal of the Monday (cohort), the league's id, 0 (company). It stays for
    the period. `reached_at`: the last act that scored. Not shown: opted out, in the control group, staff, gone, or not
    in the board's population; such a row is in no count, so nothing can be told from a difference.
    """

    pk = models.CompositePrimaryKey("board_id", "starts_on", "member_id")
    board = models.ForeignKey(Board, models.CASCADE, db_index=False, related_name="scores")
    starts_on = models.DateField()
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    group_key = models.BigIntegerField()
    points = models.IntegerField()
    reached_at = models.DateTimeField()
    is_shown = models.BooleanField()
    can_be_shown = models.BooleanField()
    """False for the control group, staff and who is outside of the population; the rest depends on the member."""

    @classmethod
    def member_columns(cls, _new_id: int) -> dict[str, Q]:
        """Return where a number names a member: see people/identity.py."""
        return {"group_key": Q(board_id__in=Board.of_teams().values("id"))}

    class Meta:
        indexes = [
            models.Index(
                F("board"), F("starts_on"), F("group_key"), F("points").desc(), F("reached_at"), F("member"),
                condition=Q(is_shown=True, points__gt=0),
                name="score_place",
            ),
        ]  # fmt: skip


class ScoreCount(models.Model):
    """How many shown members of the whole company have exactly so many points: the histogram of a board's period."""

    pk = models.CompositePrimaryKey("board_id", "starts_on", "points")
    board = models.ForeignKey(Board, models.CASCADE, db_index=False, related_name="+")
    starts_on = models.DateField()
    points = models.IntegerField()
    people = models.IntegerField()


class TeamScore(models.Model):
    """A team on a board of teams. `average` counts hundredths of a point; null below five active people."""

    pk = models.CompositePrimaryKey("board_id", "starts_on", "leader_id")
    board = models.ForeignKey(Board, models.CASCADE, db_index=False, related_name="+")
    starts_on = models.DateField()
    leader = models.ForeignKey(Member, models.CASCADE, related_name="+")
    points = models.BigIntegerField()
    people = models.IntegerField()
    average = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                F("board"), F("starts_on"), F("average").desc(), F("leader"),
                condition=Q(average__isnull=False),
                name="team_score_place",
            ),
        ]  # fmt: skip


class League(models.Model):
    """A pool of people of similar pace and zone for one period, filled one by one by their first acts.

    `zone`: hours east of UTC, `board_rules.ANYWHERE` where zones are mixed. `band`: pace in the period before, from 1
    (slow) to 3; 0 mixed, 4 without a score then.
    """

    id = models.BigAutoField(primary_key=True)
    board = models.ForeignKey(Board, models.CASCADE, db_index=False, related_name="leagues")
    starts_on = models.DateField()
    zone = models.SmallIntegerField()
    band = models.SmallIntegerField()
    people = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["board", "starts_on", "zone", "band"], name="league_open")]


class Pace(models.Model):
    """How the period before went, in one zone or (`zone` ANYWHERE) in all: what the leagues of a period are cut by."""

    id = models.BigAutoField(primary_key=True)
    board = models.ForeignKey(Board, models.CASCADE, db_index=False, related_name="+")
    starts_on = models.DateField()
    zone = models.SmallIntegerField()
    people = models.IntegerField()
    median = models.IntegerField()
    quarter = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["board", "starts_on", "zone"], name="pace_once"),
        ]


class Closing(models.Model):
    """The close of a board's period: from now on its places never change."""

    id = models.BigAutoField(primary_key=True)
    board = models.ForeignKey(Board, models.PROTECT, db_index=False, related_name="closings")
    starts_on = models.DateField()
    closed_at = models.DateTimeField()
    people = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "starts_on"], name="closed_once")]


class ClosedPlace(models.Model):
    """A member's place (1, 1, 3) in a closed period, and the order inside a tie. Never changed; prizes read only this.

    On a board of teams the member is the team's leader and `points` are hundredths.
    """

    pk = models.CompositePrimaryKey("closing_id", "member_id")
    # Without constraints: half a million rows come in one statement, out of scores that have them.
    closing = models.ForeignKey(Closing, models.PROTECT, db_index=False, db_constraint=False, related_name="places")
    member = models.ForeignKey(Member, models.CASCADE, db_constraint=False, related_name="+")
    group_key = models.BigIntegerField()
    place = models.IntegerField()
    position = models.IntegerField()
    points = models.BigIntegerField()

    @classmethod
    def member_columns(cls, new_id: int) -> dict[str, Q]:
        """Return where a number names a member. Two groups that are closed never become one: places are final."""
        of_teams = Q(closing__in=Closing.objects.filter(board__in=Board.of_teams()).values("id"))
        return {"group_key": of_teams & ~Q(closing__in=cls.objects.filter(group_key=new_id).values("closing_id"))}

    class Meta:
        indexes = [models.Index(fields=["closing", "group_key", "position"], name="closed_place_group")]


class Correction(models.Model):
    """Points that came or went after the close: the row of the snapshot stays, this note stands beside it."""

    id = models.BigAutoField(primary_key=True)
    closing = models.ForeignKey(Closing, models.PROTECT, related_name="corrections")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    points = models.IntegerField()
    at = models.DateTimeField()


class GroupKind(models.TextChoices):
    PERSON = "person", "person"
    TEAM = "team", "team"
    COHORT = "cohort", "cohort"
    COMPANY = "company", "company"


class Attempt(models.Model):
    """A person, a team or the company on the way to a challenge's goal, in a window of its own.

    `group_key` as on boards; the member's id for a person. Facts of [starts_at, ends_at) count if they arrive before
    `closes_at`; after `closed_at` nothing changes any more. `done` is the sum of the capped contributions.
    """

    id = models.BigAutoField(primary_key=True)
    challenge = models.CharField(max_length=48)
    version = models.ForeignKey(Definition, models.PROTECT, db_index=False, related_name="+")
    """The terms under which it began; a newer version changes nothing for it."""
    group_kind = models.CharField(max_length=7, choices=GroupKind.choices)
    group_key = models.BigIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    done = models.IntegerField(default=0)
    people = models.IntegerField(default=0)
    """Who has brought something."""
    reached_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    is_won = models.BooleanField(null=True)

    @classmethod
    def member_columns(cls, _new_id: int) -> dict[str, Q]:
        """Return where a number names a member: see people/identity.py."""
        return {"group_key": Q(group_kind__in=[GroupKind.PERSON, GroupKind.TEAM])}

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["challenge", "group_kind", "group_key", "starts_at"], name="attempt_once"),
        ]
        indexes = [
            models.Index(fields=["closes_at"], condition=Q(closed_at__isnull=True), name="attempt_to_close"),
            models.Index(fields=["version"], condition=Q(closed_at__isnull=True), name="attempt_running"),
            models.Index(fields=["group_kind", "group_key"], name="attempt_of_group"),
        ]


class Contribution(models.Model):
    """What one member has brought into an attempt; `amount` is uncapped. A joiner's row begins with 0."""

    id = models.BigAutoField(primary_key=True)
    attempt = models.ForeignKey(Attempt, models.CASCADE, db_index=False, related_name="contributions")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    joined_at = models.DateTimeField()
    amount = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attempt", "member"], name="contribution_once")]


class AchievementKind(models.TextChoices):
    GOAL = "goal", "goal"
    BADGE = "badge", "badge"
    LEVEL = "level", "level"
    CHALLENGE = "challenge", "challenge"
    DAY = "day", "day"


class Achievement(models.Model):
    """Something a member achieved, made by the system from a fact. On the wall only while the member agrees to it."""

    is_personal = True

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, db_index=False, related_name="achievements")
    kind = models.CharField(max_length=9, choices=AchievementKind.choices)
    key = models.CharField(max_length=64)
    detail = models.CharField(max_length=64, blank=True)
    """The tier of a badge, the option of a goal, the period in which a badge came again."""
    at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "kind", "key", "detail"], name="achieved_once")]
        indexes = [models.Index(fields=["member", "at"], name="achievement_by_member")]


class Thanks(models.Model):
    """One tap by one person on one achievement; a mentor's congratulation is the same."""

    is_personal = True

    id = models.BigAutoField(primary_key=True)
    achievement = models.ForeignKey(Achievement, models.CASCADE, db_index=False, related_name="thanks")
    giver = models.ForeignKey(Member, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["achievement", "giver"], name="thanked_once")]


class Visibility(models.Model):
    """How a member wants to be seen. Without a row: on boards by first name in the own small group, not on the wall."""

    is_personal = True

    member = models.OneToOneField(Member, models.CASCADE, primary_key=True, related_name="visibility")
    nickname = models.CharField(max_length=40, blank=True)
    on_boards = models.BooleanField(default=True)
    on_wall_since = models.DateTimeField(null=True)
    """When the member agreed to the wall: what was achieved before is not shown there."""
    changed_at = models.DateTimeField()
