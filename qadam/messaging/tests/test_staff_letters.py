from datetime import timedelta
from typing import Any

import pytest

from qadam.messaging.channels.mailbox.channel import MailboxChannel
from qadam.messaging.channels.protocol import Fate, Outcome
from qadam.messaging.dispatch import dispatch_due
from qadam.messaging.jobs import next_due
from qadam.messaging.models import LocalMail, StaffLetter
from qadam.messaging.operations import NewStaffLetter, claim_staff_letters, queue_staff_letters
from tests.cast import NOW, a_company, a_user, days

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(settings: Any) -> StaffLetter:
    settings.MESSAGING_CHANNEL = "mailbox"
    a_company()
    user = a_user(email="oleg@example.com")
    new = NewStaffLetter("alert:7", user.id, "M1 is off", "38 % of 412.\n\n{{ braces }} stay.", "Look", "/office/map/")
    queue_staff_letters([new, new], now=NOW)
    queue_staff_letters([new], now=NOW)
    return StaffLetter.objects.get()


def test_an_alert_goes_out_once(letter: StaffLetter) -> None:
    assert next_due() == NOW
    assert dispatch_due(now=NOW) == 1
    assert dispatch_due(now=NOW + days(1)) == 0
    mail = LocalMail.objects.get()
    assert (mail.to, mail.subject, mail.language) == ("oleg@example.com", "M1 is off", "en")
    assert "{{ braces }} stay." in mail.html
    assert "/office/map/" in mail.text
    assert "your work for Dala Wellness" in mail.text
    letter.refresh_from_db()
    assert (letter.status, letter.closed_at) == ("sent", NOW)


def test_what_a_server_refuses_for_now_is_tried_again(letter: StaffLetter, monkeypatch: Any) -> None:
    outcomes = [Outcome(Fate.UNREACHABLE, "unreachable"), Outcome(Fate.SENT)]
    monkeypatch.setattr(MailboxChannel, "send", lambda *_: outcomes.pop(0))
    dispatch_due(now=NOW)
    letter.refresh_from_db()
    assert (letter.status, letter.due_at, letter.reason) == ("pending", NOW + timedelta(minutes=1), "unreachable")
    dispatch_due(now=NOW + timedelta(minutes=1))
    letter.refresh_from_db()
    assert letter.status == "sent"


def test_a_letter_of_a_dead_process_is_sent_again(letter: StaffLetter) -> None:
    claim_staff_letters(now=NOW)
    assert dispatch_due(now=NOW + timedelta(minutes=5)) == 0
    assert dispatch_due(now=NOW + timedelta(minutes=5, seconds=1)) == 1


def test_who_has_left_the_staff_gets_nothing(letter: StaffLetter) -> None:
    type(letter.user).objects.update(is_active=False)
    dispatch_due(now=NOW)
    letter.refresh_from_db()
    assert (letter.status, letter.reason) == ("suppressed", "address")
    assert not LocalMail.objects.exists()
