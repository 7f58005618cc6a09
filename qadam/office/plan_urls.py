"""Addresses of the action plan, below /office/plan/; included by urls.py."""

from django.urls import path

from qadam.office import plan_editing as editing
from qadam.office import plan_pages as pages
from qadam.office import plan_publish

plan_urls = [
    path("plan/", pages.list_plans, name="plans"),
    path("plan/new/", pages.begin_plan, name="plan_new"),
    path("plan/<journey:slug>/", pages.show_plan, name="plan"),
    path("plan/<journey:slug>/settings/", editing.edit_settings, name="plan_settings"),
    path("plan/<journey:slug>/publish/", plan_publish.publish, name="plan_publish"),
    path("plan/<journey:slug>/people/", plan_publish.move_people, name="plan_move_people"),
    path("plan/<journey:slug>/discard/", pages.discard, name="plan_discard"),
    path("plan/<journey:slug>/tasks/", pages.begin_task, name="plan_add"),
    path("plan/<journey:slug>/tasks/<journey:key>/", editing.edit_task, name="plan_task"),
    path("plan/<journey:slug>/tasks/<journey:key>/move/", pages.move, name="plan_move"),
    path("plan/<journey:slug>/tasks/<journey:key>/remove/", pages.remove_task, name="plan_remove"),
    path("plan/<journey:slug>/goals/", pages.begin_goal, name="plan_goal_add"),
    path("plan/<journey:slug>/goals/<journey:key>/", editing.edit_goal, name="plan_goal"),
    path("plan/<journey:slug>/goals/<journey:key>/remove/", pages.drop_goal, name="plan_goal_remove"),
]
