"""What a metric hangs on, by name: "2 · Information and early interest", a case, the map."""

from qadam.cases import queries as cases
from qadam.lib.text import words_of
from qadam.maps.models import MapVersion, Stage
from qadam.maps.rules import split_key
from qadam.metrics.registry import Target


def name_of_target(target: Target, language: str) -> str:
    """Return the name of a stage (with its number), a case or a map in one language; the key where it is gone."""
    kind, key = target
    if kind == "case":
        version = cases.published_versions([key]).get(key)
        return words_of(version.name).in_language(language) if version else key
    slug, stage_key = split_key(key) if kind == "stage" else (key, "")
    current = MapVersion.objects.current().filter(map__slug=slug)
    stage = Stage.objects.filter(version__in=current, key=stage_key).first()
    if stage is not None:
        return f"{stage.position} · {words_of(stage.name).in_language(language)}"
    the_map = current.first()
    return words_of(the_map.name).in_language(language) if the_map else key
