"""Edit the draft of a map, change by change: each is checked as a whole, kept with what undoes it, and never saved over
somebody else's newer text.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import F

from qadam.cases import operations as cases
from qadam.cases import queries as case_queries
from qadam.jobs.transactions import write
from qadam.lib.documents import hash_of
from qadam.maps import edits, operations
from qadam.maps.editing_errors import (
    AlreadyThere,
    ChangedSince,
    Conflict,
    NoDraft,
    NoSuchPlace,
    NothingToRedo,
    NothingToUndo,
)
from qadam.maps.edits import MISSING, Change, Document, Path
from qadam.maps.errors import AlreadyPublished, UnknownMap
from qadam.maps.models import Edit, JourneyMap, MapVersion, Typing
from qadam.people.models import User
from qadam.people.operations import write_audit

Documents = dict[str, Document]
"""{"": the map's document, key: a case's document}."""


@write()
def begin_draft(the_map: JourneyMap, *, actor: User | None, now: datetime) -> MapVersion:
    """Return the draft of a map; where there is none, begin one as a copy of the valid version.

    Owners who are no longer of the staff are left out of the copy: a draft must name people who can answer.

    Raises:
        UnknownMap: it has neither a draft nor a valid version.
    """
    draft = the_map.versions.drafts().first()
    if draft is not None:
        return draft
    valid = the_map.versions.current().first()
    if valid is None:
        raise UnknownMap(map=the_map.slug)
    document = {key: value for key, value in valid.document.items() if key != "change_note"}
    return operations.save_draft(_without_strangers(document), actor=actor, now=now)


def _without_strangers(document: Document) -> Document:
    owners = {each.get("owner") for each in (document, *document["stages"])} - {None, ""}
    users = User.objects.filter(is_active=True)
    known = {str(email).lower() for email in users.values_list("email", flat=True)} if owners else set()

    def kept(holder: Document) -> dict[str, Any]:
        return {key: value for key, value in holder.items() if key != "owner" or str(value).lower() in known}

    return {**kept(document), "stages": [kept(stage) for stage in document["stages"]]}


def fingerprint(document: Document, path: Path) -> str:
    """Return what a page keeps of a field, to tell later whether somebody has changed it; "" where nothing stands."""
    value = edits.read(document, path)
    return "" if value is MISSING else hash_of(value)


@write()
def apply_edit(
    version: MapVersion, change: Change, *, expected: Mapping[str, str], actor: User | None, now: datetime
) -> Edit | None:
    """Change a draft, or the drafts of its cases, and note how to undo it. A change that changes nothing is None.

    `expected` is {place: fingerprint} of the fields as the editor saw them; places are written stages/s2/name and
    cases/no-show/context.

    Raises:
        Conflict: a field isn't any more what the editor saw; nothing is saved.
        FaultyDocument: the document would have faults; nothing is saved.
        NoSuchPlace, AlreadyThere, AlreadyPublished: the draft isn't what the change takes it for.
    """
    draft = _lock(version)
    documents = _gather(draft, change, expected)
    for place, seen in expected.items():
        _refuse_newer(documents, place, seen)
    changed, inverse = edits.apply_all(documents, change)
    if changed == documents:
        return None
    _store(draft, documents, changed, actor, now)
    newest = draft.edits.order_by("-number").first()
    number = newest.number + 1 if newest else 1
    return Edit.objects.create(
        version=draft, number=number, change=dict(change), inverse=inverse, at=now, actor=actor
    )  # fmt: skip


def _lock(version: MapVersion) -> MapVersion:
    """Read a draft as it is now, and let nobody else change it until this is saved."""
    draft = MapVersion.objects.select_for_update().filter(id=version.id).first()
    if draft is None:
        raise NoDraft(map=version.map.slug)
    if draft.published_at is not None:
        raise AlreadyPublished(number=draft.number)
    return draft


def split_place(place: str) -> tuple[str, tuple[str, ...]]:
    """Return (case key, path) of a place: cases/no-show/name is in the case's own document; "" is the map's."""
    path = tuple(place.split("/"))
    return (path[1], path[2:]) if path[0] == "cases" and len(path) > 2 else ("", path)


def _gather(draft: MapVersion, change: Change, expected: Mapping[str, str]) -> Documents:
    wanted = {*_cases_in(change), *(split_place(place)[0] for place in expected)} - {""}
    newest = case_queries.newest_versions(wanted)
    missing = wanted - newest.keys()
    if missing:
        raise NoSuchPlace(place=f"cases/{min(missing)}")
    return {"": draft.document, **{key: each.document for key, each in newest.items()}}


def _cases_in(change: Change) -> Iterator[str]:
    yield change.get("case", "")
    for each in change.get("changes", ()):
        yield from _cases_in(each)


def _refuse_newer(documents: Documents, place: str, seen: str) -> None:
    which, path = split_place(place)
    value = edits.read(documents[which], path)
    if ("" if value is MISSING else hash_of(value)) != seen:
        raise Conflict(place, None if value is MISSING else value)


def _store(draft: MapVersion, before: Documents, after: Documents, actor: User | None, now: datetime) -> None:
    for key, document in after.items():
        if key and document != before[key]:
            cases.save_case(document, actor=actor, now=now)
    if after[""] != before[""]:
        operations.save_draft(after[""], actor=actor, now=now)
        return
    saved = MapVersion.objects.drafts().filter(id=draft.id)
    saved.update(revision=F("revision") + 1, created_at=now, created_by=actor)


@write()
def add_case(version: MapVersion, document: Document, *, actor: User | None, now: datetime) -> Edit | None:
    """Write a new case and put it onto the map. Undoing takes it off again; its text stays in the library.

    Raises:
        AlreadyThere: there is a case with this key.
        FaultyDocument: every fault of the case.
    """
    if case_queries.newest_versions([document["case"]]):
        raise AlreadyThere(name=document["case"])
    cases.save_case(document, actor=actor, now=now)
    change = {"do": "add", "at": ["cases"], "item": document["case"]}
    return apply_edit(version, change, expected={}, actor=actor, now=now)


@write()
def undo_last(version: MapVersion, *, actor: User | None, now: datetime) -> Edit:
    """Undo the newest change of this person that isn't undone: of text as of a move. Others' changes stay.

    Raises:
        NothingToUndo: there is none.
        ChangedSince: what it left has been changed again by somebody else, or the draft was replaced as a document.
        FaultyDocument: without it the document would have faults.
    """
    draft = _lock(version)
    last = draft.edits.filter(actor=actor, undone_at__isnull=True).order_by("-number").first()
    if last is None:
        raise NothingToUndo
    _turn(draft, last.inverse, last.change, actor, now)
    Edit.objects.filter(id=last.id).update(undone_at=now)
    return last


@write()
def redo_last(version: MapVersion, *, actor: User | None, now: datetime) -> Edit:
    """Do again what this person has undone last, if they have changed nothing since.

    Raises:
        NothingToRedo, ChangedSince, FaultyDocument: as `undo_last`.
    """
    draft = _lock(version)
    own = draft.edits.filter(actor=actor).order_by("-number")
    last = own.filter(undone_at__isnull=True).first()
    undone = own.filter(undone_at__isnull=False, number__gt=last.number if last else 0).last()
    if undone is None:
        raise NothingToRedo
    _turn(draft, undone.change, undone.inverse, actor, now)
    Edit.objects.filter(id=undone.id).update(undone_at=None)
    return undone


def _turn(draft: MapVersion, change: Change, back: Change, actor: User | None, now: datetime) -> None:
    """Apply a change of the log, provided that what it came from would come out again by turning back."""
    documents = _gather(draft, change, {})
    try:
        changed, _inverse = edits.apply_all(documents, change)
        again, _inverse = edits.apply_all(changed, back)
    except (NoSuchPlace, AlreadyThere) as error:
        raise ChangedSince from error
    if again != documents:
        raise ChangedSince
    _store(draft, documents, changed, actor, now)


@write()
def discard_draft(version: MapVersion, *, actor: User | None, now: datetime) -> None:
    """Drop a draft with what was changed in its cases: the valid version goes on as it is.

    Raises:
        NoDraft, AlreadyPublished: it isn't a draft (any more).
    """
    draft = _lock(version)
    edited = {key for each in draft.edits.all() for key in _cases_in(each.change) if key}
    for key in sorted(edited):
        cases.discard_draft(key)
    slug, number, count = draft.map.slug, draft.number, draft.edits.count()
    draft.delete()
    detail = {"number": number, "edits": count}
    write_audit(actor=actor, action="map.discarded", target=f"map:{slug}", detail=detail, now=now)


def publish_draft(version: MapVersion, *, note: str, actor: User | None, now: datetime) -> MapVersion:
    """Publish a draft with a word about why; the note stays in the draft where the gate refuses it.

    Raises:
        GateRefused, SecondPairOfEyes, AlreadyPublished, FaultyDocument: as `operations.publish_map`.
    """
    return operations.publish_map(_keep_note(version, note), actor=actor, now=now)


@write()
def set_four_eyes(the_map: JourneyMap, needed: bool, *, actor: User | None, now: datetime) -> None:
    """Ask for a second person to publish what the first has edited, or no longer."""
    if JourneyMap.objects.filter(id=the_map.id).exclude(needs_four_eyes=needed).update(needs_four_eyes=needed):
        action = "map.four_eyes_on" if needed else "map.four_eyes_off"
        write_audit(actor=actor, action=action, target=f"map:{the_map.slug}", detail={}, now=now)


@write()
def _keep_note(version: MapVersion, note: str) -> MapVersion:
    """Write the note into the draft. Who edited it last stays: a word about why is no edit."""
    draft = _lock(version)
    document = {key: value for key, value in draft.document.items() if key != "change_note"}
    if note.strip():
        document["change_note"] = note.strip()[:400]
    if document == draft.document:
        return draft
    return operations.save_draft(document, actor=draft.created_by, now=draft.created_at)


@write()
def note_typing(version: MapVersion, place: str, *, user: User, now: datetime) -> None:
    """Remember that somebody has a field of a draft open; one field for each person."""
    Typing.objects.update_or_create(version=version, user=user, defaults={"anchor": place[:120], "at": now})


@write()
def stop_typing(version: MapVersion, *, user: User) -> None:
    Typing.objects.filter(version=version, user=user).delete()
