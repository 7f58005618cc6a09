"""Addresses of the mentor's desk, below /desk/."""

from django.urls import path

from qadam.desk import approvals, suggestions

app_name = "desk"
urlpatterns = [
    path("", suggestions.list_suggestions, name="suggestions"),
    path("approvals/", approvals.list_approvals, name="approvals"),
    path("approvals/proofs/<int:proof_id>/", approvals.answer_proof, name="answer_proof"),
    path("approvals/talks/<int:task_id>/", approvals.note_talk, name="note_talk"),
    path("approvals/nominations/<int:nomination_id>/", approvals.decide_nomination, name="decide_nomination"),
    path("<int:file_id>/done/", suggestions.note_done, name="done"),
    path("<int:file_id>/not-now/", suggestions.say_not_now, name="not_now"),
]
