"""Coming in: invitations, filled forms, the texts that people agree to, and the terms of joining."""

from django.db import models


class Invitation(models.Model):
    """A member's own code: whoever joins by it stands below the member. It never changes: it hangs printed on walls."""

    is_personal = True

    code = models.CharField(max_length=12, unique=True)
    sponsor = models.ForeignKey("people.Member", models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField()


class Joining(models.Model):
    """One filled form. The person becomes a member, and gives the consents, by confirming the address.

    Who invited them is `invitation`; without one the form says it in the person's own words (`told`), or that it was
    nobody (`says_nobody`), and after the confirmation it waits for the company. `settled_at`: their place is known.
    """

    is_personal = True

    id = models.BigAutoField(primary_key=True)
    form_key = models.CharField(max_length=64, unique=True)
    """Made when the form was shown: the same form sent twice is one joining."""
    name = models.CharField(max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=32, blank=True)
    language = models.CharField(max_length=2)
    zone = models.CharField(max_length=64, blank=True)
    invitation = models.ForeignKey(Invitation, models.SET_NULL, null=True, related_name="joinings")
    code = models.CharField(max_length=64, blank=True)
    """What was given as a code and names nobody who can invite."""
    told = models.CharField(max_length=300, blank=True)
    says_nobody = models.BooleanField(default=False)
    data_version = models.CharField(max_length=32)
    advertising_version = models.CharField(max_length=32, blank=True)
    """The versions of the texts ticked in the form, from `confirmed_at` on those agreed to; "" for no advertising."""
    channel = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    member = models.ForeignKey("people.Member", models.CASCADE, null=True, related_name="joinings")
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("people.User", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["confirmed_at"],
                condition=models.Q(settled_at=None, confirmed_at__isnull=False),
                name="joining_waiting",
            )
        ]


class ConsentText(models.Model):
    """One version of a text that people agree to. It stands for ever: consents name it."""

    kind = models.CharField(max_length=12)
    version = models.CharField(max_length=32)
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="consent_text_once")]


class Terms(models.Model):
    """One version of the terms of joining: how long money and goods can be given back. The newest is in force."""

    number = models.IntegerField(unique=True)
    document = models.JSONField()
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField()
