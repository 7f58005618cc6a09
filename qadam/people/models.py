"""Who there is: the company, members and their sponsor tree, users and roles, consent, and what conditions read."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.db.models.lookups import Exact

from qadam.lib import clock
from qadam.people import joining_models, sign_in_models  # noqa: F401 - Django finds models here


class DayZero(models.TextChoices):
    REGISTERED = "registered", "registered"
    STARTED = "started", "started"


class Company(models.Model):
    """The one company of this installation."""

    name = models.CharField(max_length=200)
    zone = models.CharField(max_length=64, default="Asia/Almaty")
    language = models.CharField(max_length=2, default="kk")
    day_zero = models.CharField(max_length=10, choices=DayZero.choices, default=DayZero.REGISTERED)
    currency = models.CharField(max_length=3, default="KZT")
    salt = models.CharField(max_length=64)
    """Secret of control-group buckets; set once, never changed."""

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_company")]


class Kind(models.TextChoices):
    PROSPECT = "prospect", "prospect"
    CUSTOMER = "customer", "customer"
    DISTRIBUTOR = "distributor", "distributor"


class MemberQuerySet(models.QuerySet["Member"]):
    def downline_of(self, leader: Member) -> MemberQuerySet:
        """Everybody below `leader` in the sponsor tree, at any depth, without the leader."""
        return self.filter(tin__gt=leader.tin, tin__lt=leader.tin + leader.size)

    def registered(self) -> MemberQuerySet:
        return self.filter(registered_at__isnull=False)

    def counted(self) -> MemberQuerySet:
        """Without staff and test accounts: the population of every metric."""
        return self.filter(is_test=False)


class Member(models.Model):
    """Any person of the network: prospect, customer or distributor.

    `tin`, `size`, `depth` are the preorder index of the sponsor tree: the downline of a member are those with
    `tin` in (tin, tin + size). Roots have depth 0.
    """

    id = models.BigAutoField(primary_key=True)
    external_id = models.CharField(max_length=200, unique=True, null=True)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.PROSPECT)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=2, default="kk")
    zone = models.CharField(max_length=64, blank=True)
    sponsor = models.ForeignKey("self", models.PROTECT, null=True, related_name="frontline")
    mentor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="mentees")
    created_at = models.DateTimeField()
    registered_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    day_zero_at = models.DateTimeField(null=True)
    """`registered_at` or `started_at`, as the company's setting says; null before."""
    is_test = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True)
    """When the person was erased: the row is what is left, without a name, so that counts of the past stay true."""
    zone_changed_at = models.DateTimeField(null=True)
    quiet = models.CharField(max_length=11, blank=True, default="", db_default="")
    """Quiet hours of one's own such as 21:00-09:00; "" the company's."""
    letters = models.CharField(max_length=6, default="all", db_default="all")
    """"all", or "needed": without the letters of journeys."""
    tin = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=1)
    depth = models.IntegerField(default=0)

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="member_kind_known"),
            models.CheckConstraint(condition=~Q(sponsor_id=F("id")), name="member_not_own_sponsor"),
        ]
        indexes = [
            models.Index(fields=["tin"], name="member_tin"),
            models.Index(fields=["day_zero_at"], name="member_day_zero"),
            models.Index(Lower("email"), name="member_email"),
        ]

    def downline_has(self, other: Member) -> bool:
        """Tell whether `other` stands somewhere below."""
        return self.tin < other.tin < self.tin + self.size

    def zone_in(self, company: Company) -> ZoneInfo:
        """The member's zone; the company's where the member's is empty or unknown."""
        return clock.zone_of(self.zone, company.zone)

    def day_zero_on(self, company: Company) -> date | None:
        """The local date of day 0."""
        return clock.local_date(self.day_zero_at, self.zone_in(company)) if self.day_zero_at else None

    def day_of_path(self, company: Company, now: datetime) -> int | None:
        """The number of local midnights since day 0; None before day 0."""
        start = self.day_zero_on(company)
        return (clock.local_date(now, self.zone_in(company)) - start) // timedelta(days=1) if start else None


class Pause(models.Model):
    """Days on which a member's path stands still: local dates, both inclusive.

    `last_on` moves back when the member comes back early.
    """

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="pauses")
    first_on = models.DateField()
    last_on = models.DateField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    resumed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_on__gte=F("first_on")), name="pause_has_days"),
            models.UniqueConstraint(
                fields=["member"], condition=Q(resumed_at__isnull=True), name="one_pause_at_a_time"
            ),
        ]
        indexes = [models.Index(fields=["last_on"], condition=Q(resumed_at__isnull=True), name="pause_open")]


class SeenKey(models.Model):
    """An answer that was sent while offline and has arrived: a repeat of it changes nothing."""

    is_personal = True

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "key"], name="seen_key_once")]
        indexes = [models.Index(fields=["at"], name="seen_key_at")]


class FormerId(models.Model):
    """The company's own id of a record that was merged into another: what comes under it later is the other's."""

    external_id = models.CharField(max_length=200, unique=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="former_ids")

    is_personal = True


class Renumbering(models.Model):
    """The events of `old_id` are `new_id`'s now, and copies of the log outside of it don't know yet. Short-lived."""

    old_id = models.BigIntegerField()
    new_id = models.BigIntegerField()


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(Exact(Lower(F("email")), (username or "").lower()))


class User(AbstractBaseUser):
    """A sign-in. A member's user has `member`; staff have rows in `Role`."""

    is_personal = True

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=2, default="kk")
    member = models.OneToOneField(Member, models.CASCADE, null=True, related_name="user")
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        indexes = [models.Index(Lower("email"), name="user_email")]


class RoleName(models.TextChoices):
    OWNER = "owner", "owner"
    RETENTION = "retention", "retention manager"
    EDITOR = "editor", "training editor"
    ANALYST = "analyst", "analyst"
    COMPLIANCE = "compliance", "compliance officer"
    INTEGRATOR = "integrator", "integrator"


class Role(models.Model):
    """A right of a member of staff. Mentors and leaders need none: theirs follow from the tree."""

    user = models.ForeignKey(User, models.CASCADE, related_name="roles")
    name = models.CharField(max_length=12, choices=RoleName.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="role_once")]


class ConsentKind(models.TextChoices):
    DATA = "data", "personal data"
    ADVERTISING = "advertising", "advertising"


class Consent(models.Model):
    """One given consent: which text, when, where; withdrawn by a date, deleted with the person only."""

    is_personal = True

    member = models.ForeignKey(Member, models.CASCADE, related_name="consents")
    kind = models.CharField(max_length=12, choices=ConsentKind.choices)
    text_version = models.CharField(max_length=32)
    channel = models.CharField(max_length=32)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["member", "kind"], name="consent_by_member")]


class MembershipKind(models.TextChoices):
    STAGE = "stage", "stage"
    SEGMENT = "segment", "segment"
    CASE = "case", "case"


class Membership(models.Model):
    """A member's stay in a stage, segment or case. Rebuildable from the log; written through people.operations."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="memberships")
    kind = models.CharField(max_length=8, choices=MembershipKind.choices)
    key = models.CharField(max_length=64)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "kind", "key"], condition=Q(left_at__isnull=True), name="one_open_stay"
            )
        ]
        indexes = [models.Index(fields=["kind", "key", "left_at"], name="membership_by_key")]


class Activity(models.Model):
    """How often and when a member did one type of event. Rebuildable from the log."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, models.CASCADE, related_name="activities")
    event_type = models.CharField(max_length=64)
    count = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "event_type"], name="activity_once")]
        indexes = [models.Index(fields=["event_type", "last_at"], name="activity_by_type")]


class AuditEntry(models.Model):
    """Who did what to which object, and why. Append-only."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True)
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
