"""Ways in: links by letter, passkeys, and the tries that are counted so that guessing ends."""

from django.db import models


class SignInLink(models.Model):
    """A way in by letter, for one time. Only the hash of what stands in the letter is kept.

    With a `joining` the person becomes a member by it.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("people.User", models.CASCADE, related_name="+")
    joining = models.ForeignKey("people.Joining", models.CASCADE, null=True, related_name="+")
    nonce = models.CharField(max_length=32)
    """With the secret of the installation it makes the token anew, when the letter is written; without it nothing."""
    token_hash = models.CharField(max_length=64, unique=True)
    next_path = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    browser_hash = models.CharField(max_length=64, blank=True)
    """The browser that used it: its second press of the button is no second use."""

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="sign_in_link_expires")]


class Passkey(models.Model):
    """A key that a person's phone or computer keeps for this site; here stands its public half."""

    user = models.ForeignKey("people.User", models.CASCADE, related_name="passkeys")
    credential_id = models.CharField(max_length=1400, unique=True)
    """base64url"""
    public_key = models.BinaryField()
    """COSE"""
    sign_count = models.BigIntegerField()
    transports = models.CharField(max_length=100, blank=True)
    host = models.CharField(max_length=253)
    """The relying party's id: a key works on this host only."""
    name = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SignInTry(models.Model):
    """One try to come in, or to have a letter sent. `subject` is a keyed hash: it says who to nobody."""

    id = models.BigAutoField(primary_key=True)
    purpose = models.CharField(max_length=12)
    subject = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "purpose", "at"], name="sign_in_try_by_subject"),
            models.Index(fields=["at"], name="sign_in_try_at"),
        ]
