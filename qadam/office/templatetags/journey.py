"""`{% load journey %}`: how the pages of a journey name a step, and where its forms go."""

from typing import Any

from django import template
from django.urls import reverse

register = template.Library()


@register.simple_tag
def journey_label(tree: Any, step: str) -> str:
    """“7. Wait 3 days”."""
    return f"{tree.numbers[step]}. {tree.labels[step]}" if step in tree.labels else step


@register.simple_tag
def journey_action(page: Any) -> str:
    """The address of the form that is open."""
    slug = page.draft.journey.slug
    if page.step:
        return reverse("office:journey_step", args=[slug, page.step])
    return reverse("office:journey_settings", args=[slug])
