"""Addresses of the mentor's desk, below /desk/."""

from django.urls import path

from qadam.desk import suggestions

app_name = "desk"
urlpatterns = [
    path("", suggestions.list_suggestions, name="suggestions"),
    path("<int:file_id>/done/", suggestions.note_done, name="done"),
    path("<int:file_id>/not-now/", suggestions.say_not_now, name="not_now"),
]
