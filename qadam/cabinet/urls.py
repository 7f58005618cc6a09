"""Addresses of the cabinet, at the root of the site."""

from django.urls import path

from qadam.cabinet import letters, me, plan, questions, team, today

app_name = "cabinet"
urlpatterns = [
    path("today/", today.show_today, name="today"),
    path("plan/", plan.show_plan, name="plan"),
    path("plan/tasks/<int:task_id>/", plan.tick_task, name="tick"),
    path("team/", team.show_team, name="team"),
    path("me/", me.show_me, name="me"),
    path("today/questions/<int:request_id>/", questions.answer_question, name="question"),
    path("s/<str:token>/", questions.answer_letter, name="letter_question"),
    path("s/<str:token>/<str:answer>/", questions.answer_letter, name="letter_answer"),
    path("letters/stop/<str:token>/", letters.stop_letters, name="stop_letters"),
    path("letters/seen/<str:token>/", letters.show_dot, name="letter_seen"),
]
