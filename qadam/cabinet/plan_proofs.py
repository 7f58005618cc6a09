"""Showing the mentor what came of a practical task: some words, a link, a photo.

A photo may be large, and it may be anything. It is weighed while it arrives, and what is too heavy is let go before it
is kept anywhere; then it is decoded, made small, and given out to nobody but the member, the mentor and the leader.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qadam.cabinet import offline
from qadam.cabinet.door import MemberRequest, member_page
from qadam.lib import clock
from qadam.lib.errors import DomainError
from qadam.tasks import photos, proofs, queries
from qadam.tasks.errors import PhotoTooLarge, UnknownTask
from qadam.tasks.planned import Proof
from qadam.tasks.shapes import TaskCard


@dataclass(frozen=True, slots=True)
class ProofPage:
    """One practical task with its form. `text`, `link`: what was typed; `error` is what is wrong with it."""

    now: datetime
    task: TaskCard
    text: str
    link: str
    error: str
    most_megabytes: int

    @property
    def takes_photo(self) -> bool:
        return Proof.PHOTO in self.task.proof

    @property
    def takes_text(self) -> bool:
        return Proof.TEXT in self.task.proof

    @property
    def takes_link(self) -> bool:
        return Proof.LINK in self.task.proof


class Scale(FileUploadHandler):
    """Weighs every file while it arrives; one that is too heavy is let go before a later handler keeps it whole."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.is_too_heavy = False
        self._weight = 0

    def new_file(self, *args: Any, **details: Any) -> None:
        super().new_file(*args, **details)
        self._weight = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self._weight += len(raw_data)
        if self._weight > photos.MOST_BYTES:
            self.is_too_heavy = True
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the keeping to the handlers after this one."""


# The scale has to stand before the body is read, and checking the form's secret reads it: so the order is turned.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def show_proof(request: HttpRequest, task_id: int) -> HttpResponse:
    scale = Scale(request)
    request.upload_handlers.insert(0, scale)
    request.scale = scale  # type: ignore[attr-defined]
    return _show_proof(request, task_id)


@csrf_protect
@member_page
def _show_proof(request: MemberRequest, task_id: int) -> HttpResponse:
    now = clock.utc_now()
    error, status = "", 200
    if request.method == "POST":
        try:
            _send(request, task_id, now)
        except UnknownTask:
            raise
        except DomainError as refusal:
            error, status = str(refusal), 422
        else:
            messages.success(request, _("Your mentor has it now. The answer comes within two days."))
            return redirect(f"/plan/#task-{task_id}")
    page = _read_page(request, task_id, now, error)
    return render(request, "cabinet/proof.html", {"page": page}, status=status)


def _send(request: MemberRequest, task_id: int, now: datetime) -> None:
    scale = cast(Scale, request.scale)  # type: ignore[attr-defined]
    photo = request.FILES.get("photo")
    if scale.is_too_heavy:
        raise PhotoTooLarge(most=photos.MOST_BYTES // 1024 // 1024)
    file = photo if isinstance(photo, UploadedFile) and photo.size else None
    shown = proofs.Shown(
        text=request.POST.get("text", ""),
        link=request.POST.get("link", ""),
        photo=cast(Any, file),
        photo_bytes=(file.size or 0) if file else 0,
    )
    if file is not None:
        proofs.show_proof(member=request.member, task_id=task_id, shown=shown, now=now)
        return
    with offline.once(request, now) as is_new:
        if is_new:
            proofs.show_proof(member=request.member, task_id=task_id, shown=shown, now=now)


def _read_page(request: MemberRequest, task_id: int, now: datetime, error: str) -> ProofPage:
    card = queries.card_of(request.member, request.company, task_id, now, get_language() or "en")
    if card is None or not card.proof:
        raise UnknownTask(task=task_id)
    text, link = (request.POST.get(name, "") for name in ("text", "link"))
    return ProofPage(now, card, text, link, error, photos.MOST_BYTES // 1024 // 1024)


@require_POST
@member_page
def take_back(request: MemberRequest, proof_id: int) -> HttpResponse:
    proofs.take_back_proof(member=request.member, proof_id=proof_id, now=clock.utc_now())
    messages.success(request, _("Taken back. Nobody sees it any more."))
    return redirect("cabinet:plan")


@require_safe
@cache_control(private=True, no_store=True)
@member_page
def give_photo(request: MemberRequest, name: str) -> HttpResponse:
    """Give out a photo to the member who sent it, to the mentor, and to the leader who was asked; to nobody else."""
    photo = proofs.find_photo(request.user, name)
    if photo is None:
        raise Http404
    try:
        with photos.open_photo(photo) as file:
            content = file.read()
    except FileNotFoundError:
        raise Http404 from None
    # Even if a picture were something else to some browser, it may load and run nothing.
    headers = {"Content-Security-Policy": "default-src 'none'; sandbox", "Content-Disposition": "inline"}
    return HttpResponse(content, content_type="image/jpeg", headers=headers)
