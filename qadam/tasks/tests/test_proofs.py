from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from qadam.events.models import Event
from qadam.people import identity
from qadam.people import operations as people
from qadam.people.models import Company, Member
from qadam.tasks import desk, jobs, operations, photos, proofs, queries, talks
from qadam.tasks.errors import (
    AlreadyDecided,
    AlreadyDone,
    ClosesItself,
    NeedsProof,
    NotAskedFor,
    NotATalk,
    NotAWebAddress,
    NothingShown,
    NotOpenYet,
    ProofWaits,
    ReasonNeeded,
    TooManyPhotos,
    UnknownProof,
    UnknownTask,
    WordsTooLong,
)
from qadam.tasks.models import Photo, Proof, Task
from qadam.tasks.proofs import Shown
from qadam.tasks.tests.factories import a_rich_plan, task_of
from tests.cast import NOW, a_company, a_member, a_user, days

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class World:
    """Aigul with a practical task, her mentor Marat, the leader Dina above him, and Ruslan from elsewhere."""

    def __init__(self):
        a_company()
        a_rich_plan()
        self.dina = a_member(name="Dina")
        self.marat = a_member(name="Marat", sponsor_id=self.dina.id, phone="+77010000001")
        self.aigul = a_member(name="Aigul", sponsor_id=self.marat.id, mentor_id=self.marat.id)
        self.leader, self.mentor, self.outsider = a_user(member=self.dina), a_user(member=self.marat), a_user()
        self.stranger = a_user(member=a_member(name="Ruslan"))
        operations.assign_plan(plan="start", member_ids=[self.aigul.id], now=NOW)
        self.task = task_of(self.aigul, "practice")

    def show(self, text="I told my sister about it", now=NOW, **shown):
        return proofs.show_proof(member=self.aigul, task_id=self.task.id, shown=Shown(text=text, **shown), now=now)


@pytest.fixture
def world():
    return World()


def a_photo(size=(60, 40)):
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    out.seek(0)
    return {"photo": out, "photo_bytes": len(out.getvalue())}


def done_of(member, key="practice"):
    return [event.props for event in Event.objects.filter(member_id=member.id, type="task.done", props__task=key)]


def review(world, now=NOW):
    card = queries.card_of(world.aigul, Company.objects.get(), world.task.id, now, "en")
    return card, card.review


def test_the_mentor_approves_with_a_kind_word(world):
    proof = world.show()
    assert done_of(world.aigul) == []
    card, shown = review(world)
    assert (card.is_waiting, card.can_show, shown.state) == (True, False, "waiting")
    assert [each.id for each in desk.proofs_for(world.mentor, "en")] == [proof.id]
    proofs.approve_proof(reviewer=world.mentor, proof_id=proof.id, words=" Well said ", now=NOW + HOUR)
    world.task.refresh_from_db()
    assert world.task.done_at == NOW + HOUR
    assert done_of(world.aigul) == [{"plan": "start", "task": "practice", "kind": "practical", "approved": True}]
    assert review(world)[1].words == "Well said"
    assert desk.proofs_for(world.mentor, "en") == []


def test_one_more_try_needs_a_reason_and_takes_another_proof(world):
    proof = world.show()
    with pytest.raises(ReasonNeeded):
        proofs.ask_again(reviewer=world.mentor, proof_id=proof.id, reason="  ", now=NOW)
    proofs.ask_again(reviewer=world.mentor, proof_id=proof.id, reason="Name the price too", now=NOW)
    card, shown = review(world)
    assert (shown.state, shown.words, card.can_show, done_of(world.aigul)) == ("again", "Name the price too", True, [])
    second = world.show("With the price", NOW + HOUR)
    assert [(each.id, each.tries) for each in desk.proofs_for(world.mentor, "en")] == [(second.id, 2)]
    proofs.approve_proof(reviewer=world.mentor, proof_id=second.id, words="", now=NOW + 2 * HOUR)
    assert len(done_of(world.aigul)) == 1
    told = Event.objects.filter(member_id=world.aigul.id, type__startswith="practice.").order_by("id")
    assert [event.type for event in told] == ["practice.sent", "practice.returned", "practice.sent"]


def test_nobody_else_answers(world):
    proof = world.show()
    own = a_user(member=world.aigul)
    for user in (own, world.leader, world.stranger, world.outsider):
        with pytest.raises(UnknownProof):
            proofs.approve_proof(reviewer=user, proof_id=proof.id, words="", now=NOW)
        with pytest.raises(UnknownProof):
            proofs.ask_again(reviewer=user, proof_id=proof.id, reason="no", now=NOW)
    world.mentor.is_active = False
    with pytest.raises(UnknownProof):
        proofs.approve_proof(reviewer=world.mentor, proof_id=proof.id, words="", now=NOW)
    assert Proof.objects.get().state == "waiting"


def test_the_second_answer_is_told_that_there_is_one(world):
    proof = world.show()
    proofs.approve_proof(reviewer=world.mentor, proof_id=proof.id, words="", now=NOW)
    with pytest.raises(AlreadyDecided):
        proofs.ask_again(reviewer=world.mentor, proof_id=proof.id, reason="late thought", now=NOW)
    with pytest.raises(AlreadyDone):
        world.show("again")
    assert Proof.objects.get().state == "approved"


def test_after_two_days_the_leader_is_asked_too(world):
    proof = world.show()
    assert jobs.next_due() == NOW + days(2)
    assert (jobs.run(NOW + days(2) - timedelta(seconds=1)), desk.proofs_for(world.leader, "en")) == (0, [])
    assert (jobs.run(NOW + days(2)), jobs.run(NOW + days(2))) == (1, 0)
    [card] = desk.proofs_for(world.leader, "en")
    assert (card.id, card.as_leader, card.due_at) == (proof.id, True, NOW + days(4))
    assert review(world)[1].is_with_leader
    # The mentor may still answer; the stranger may not.
    with pytest.raises(UnknownProof):
        proofs.approve_proof(reviewer=world.stranger, proof_id=proof.id, words="", now=NOW + days(3))
    proofs.approve_proof(reviewer=world.leader, proof_id=proof.id, words="Good", now=NOW + days(3))
    assert done_of(world.aigul)[0]["approved"] is True
    assert jobs.next_due() is None


def test_after_two_days_more_it_closes_with_thanks(world):
    world.show()
    late = NOW + days(30)  # the engine stood still for a month
    jobs.run(late)
    jobs.run(late)
    world.task.refresh_from_db()
    assert world.task.done_at == NOW + days(4)
    assert done_of(world.aigul) == [{"plan": "start", "task": "practice", "kind": "practical", "approved": False}]
    assert review(world)[1].state == "thanked"
    assert Event.objects.get(type="practice.escalated").occurred_at == NOW + days(2)
    assert jobs.run(late) == 0


def test_without_anybody_above_it_closes_with_thanks_all_the_same(world):
    alone = a_member()
    operations.assign_plan(plan="start", member_ids=[alone.id], now=NOW)
    task = task_of(alone, "practice")
    proofs.show_proof(member=alone, task_id=task.id, shown=Shown(text="done"), now=NOW)
    jobs.run(NOW + days(4))
    jobs.run(NOW + days(4))
    assert done_of(alone)[0]["approved"] is False


def test_the_sponsor_answers_where_there_is_no_mentor(world):
    Member.objects.filter(id=world.aigul.id).update(mentor=None)
    world.aigul.refresh_from_db()
    proof = world.show()
    assert [each.id for each in desk.proofs_for(world.mentor, "en")] == [proof.id]
    Member.objects.filter(id=world.aigul.id).update(mentor=world.dina)
    assert desk.proofs_for(world.mentor, "en") == []
    assert [each.id for each in desk.proofs_for(world.leader, "en")] == [proof.id]


@pytest.mark.parametrize(
    ("shown", "refusal"),
    [
        (Shown(), NothingShown),
        (Shown(text="  \x00 "), NothingShown),
        (Shown(link="http://plain.example/"), NotAWebAddress),
        (Shown(link="javascript:alert(1)"), NotAWebAddress),
        (Shown(link="https://user:secret@bank.example/"), NotAWebAddress),
        (Shown(text="a" * 4001), WordsTooLong),
    ],
)
def test_what_cannot_be_shown(world, shown, refusal):
    with pytest.raises(refusal):
        proofs.show_proof(member=world.aigul, task_id=world.task.id, shown=shown, now=NOW)
    assert not Proof.objects.exists()


def test_forged_repeated_and_early_answers(world):
    first = world.show()
    assert world.show().id == first.id  # the same from a phone that sent it twice
    with pytest.raises(ProofWaits):
        world.show("something else")
    with pytest.raises(UnknownTask):
        proofs.show_proof(member=world.marat, task_id=world.task.id, shown=Shown(text="x"), now=NOW)
    with pytest.raises(ClosesItself):
        proofs.show_proof(
            member=world.aigul, task_id=task_of(world.aigul, "profile").id, shown=Shown(text="x"), now=NOW
        )
    with pytest.raises(NeedsProof):
        operations.tick_task(member=world.aigul, task_id=world.task.id, is_done=True, now=NOW)
    Task.objects.filter(id=world.task.id).update(opens_on=(NOW + days(2)).date())
    with pytest.raises(NotOpenYet):
        world.show("early")
    assert Event.objects.filter(type="practice.sent").count() == 1


def test_a_task_takes_only_what_it_asks_for(world):
    document = a_rich_plan().document
    document["tasks"][2]["proof"] = ["link"]
    operations.publish_plan(document={**document, "plan": "other"}, actor=None, now=NOW)
    operations.assign_plan(plan="other", member_ids=[world.aigul.id], now=NOW)
    task = Task.objects.get(member=world.aigul, key="practice", plan_version__plan__slug="other")
    with pytest.raises(NotAskedFor, match="a link"):
        proofs.show_proof(member=world.aigul, task_id=task.id, shown=Shown(text="words"), now=NOW)
    with pytest.raises(NotAskedFor):
        proofs.show_proof(member=world.aigul, task_id=task.id, shown=Shown(**a_photo()), now=NOW)
    assert not Photo.objects.exists()


def test_taking_back_is_for_the_one_who_sent_it(world):
    proof = world.show()
    with pytest.raises(UnknownProof):
        proofs.take_back_proof(member=world.marat, proof_id=proof.id, now=NOW)
    proofs.take_back_proof(member=world.aigul, proof_id=proof.id, now=NOW)
    with pytest.raises(UnknownProof):
        proofs.take_back_proof(member=world.aigul, proof_id=proof.id, now=NOW)
    assert world.show("a better one").text == "a better one"


# Photos


def test_photos_are_decoded_only_where_it_can_matter_and_twenty_in_an_hour(world, monkeypatch):
    decoded = []
    monkeypatch.setattr(photos, "clean_photo", lambda raw: decoded.append(raw) or b"small")
    first = world.show(**a_photo())
    assert world.show(**a_photo()).id == first.id
    with pytest.raises(ProofWaits):
        world.show("something else", **a_photo())
    assert len(decoded) == 1
    for _again in range(19):
        proofs.take_back_proof(member=world.aigul, proof_id=Proof.objects.get().id, now=NOW)
        world.show(**a_photo())
    proofs.take_back_proof(member=world.aigul, proof_id=Proof.objects.get().id, now=NOW)
    with pytest.raises(TooManyPhotos):
        world.show(**a_photo())
    assert len(decoded) == 20
    assert world.show(now=NOW + HOUR, **a_photo()).photo


def test_a_photo_is_given_to_those_who_may_see_it_and_goes_with_the_person(world):
    proof = world.show("", **a_photo())
    name = proof.photo.name
    assert default_storage.exists(photos.path_of(proof.photo))
    own = a_user(member=world.aigul)
    assert all(proofs.find_photo(user, name) == proof.photo for user in (own, world.mentor))
    assert all(proofs.find_photo(user, name) is None for user in (world.leader, world.stranger, world.outsider))
    jobs.run(NOW + days(2))
    assert proofs.find_photo(world.leader, name) == proof.photo
    assert world.show("", **a_photo()).id == proof.id  # the same photo once more: no second copy
    assert photos.drop_orphan_photos(now=NOW + days(3)) == 0
    identity.erase_member(member=world.dina, actor=None, now=NOW + days(3))
    assert Proof.objects.get().leader is None
    identity.erase_member(member=world.aigul, actor=None, now=NOW + days(3))
    assert not Proof.objects.exists()
    assert photos.drop_orphan_photos(now=NOW + days(3)) == 1
    assert (Photo.objects.count(), default_storage.exists(photos.path_of(proof.photo))) == (0, False)


# Calls and meetings


def test_either_side_notes_a_call_and_it_counts_once(world):
    call = task_of(world.aigul, "call")
    company, later = Company.objects.get(), NOW + days(1)
    assert desk.talks_for(world.marat, company, NOW, "en") == []  # it opens tomorrow
    [card] = desk.talks_for(world.marat, company, later, "en")
    assert (card.task_id, card.name, card.is_call) == (call.id, "Aigul", True)
    talks.note_talk(helper=world.mentor, task_id=call.id, now=later)
    with pytest.raises(AlreadyDone):
        talks.note_talk(helper=world.mentor, task_id=call.id, now=later)
    operations.tick_task(member=world.aigul, task_id=call.id, is_done=True, now=later)
    assert done_of(world.aigul, "call") == [{"plan": "start", "task": "call", "kind": "call"}]
    assert desk.talks_for(world.marat, company, later, "en") == []
    assert queries.card_of(world.aigul, company, call.id, later, "en").phone == "+77010000001"


def test_only_ones_own_talks_are_noted(world):
    later, meeting = NOW + days(2), task_of(world.aigul, "meeting")
    for user, task, refusal in (
        (world.mentor, meeting, NotATalk),  # with a customer
        (world.mentor, world.task, NotATalk),
        (world.leader, task_of(world.aigul, "call"), UnknownTask),
        (world.outsider, meeting, UnknownTask),
    ):
        with pytest.raises(refusal):
            talks.note_talk(helper=user, task_id=task.id, now=later)
    with pytest.raises(NotOpenYet):
        talks.note_talk(helper=world.mentor, task_id=task_of(world.aigul, "call").id, now=NOW)
    operations.tick_task(member=world.aigul, task_id=meeting.id, is_done=True, now=later)
    assert len(done_of(world.aigul, "meeting")) == 1


def test_who_has_left_is_asked_nothing(world):
    proof = world.show()
    people.leave_company(member=world.marat, reason="moved", at=NOW, now=NOW)
    world.mentor.member.refresh_from_db()
    assert desk.proofs_for(world.mentor, "en") == []
    jobs.run(NOW + days(2))
    assert [each.id for each in desk.proofs_for(world.leader, "en")] == [proof.id]
