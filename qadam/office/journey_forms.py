"""The forms of steps: what a browser sent as the step's document again, kind by kind.

The document is the form's only state: what can't be right yet stays in it as typed, and its faults are shown beside.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import QueryDict

from qadam.journeys.document_steps import OUTCOMES, WEEKDAYS
from qadam.journeys.outline import kind_of
from qadam.journeys.steps import GIVEN_BY
from qadam.lib.text import LANGUAGES
from qadam.office.condition_reading import read_condition, read_filters, read_length
from qadam.office.condition_rows import number_of, one_or_list, open_filters, write_filters

Step = dict[str, Any]


def read_step(post: QueryDict, old: Mapping[str, Any], do: str = "") -> Step:
    """Return a step as the form says, with what the button `do` asks for. Keys that no form knows are kept."""
    kind = kind_of(old)
    step = dict(old)
    if kind in READERS:
        READERS[kind](post, step, do)
    if "next" in post:
        put(step, "next", post["next"])
    put(step, "name", read_words(post, "name"))
    return step


def read_words(post: QueryDict, name: str) -> dict[str, str] | None:
    """Read a text in three languages; None where all are empty."""
    words = {code: post.get(f"{name}.{code}", "").strip() for code in LANGUAGES}
    return {code: text for code, text in words.items() if text} or None


def put(holder: dict[str, Any], key: str, value: Any) -> None:
    """Set a key, or take it out where nothing is said."""
    if value in ("", None, {}, []):
        holder.pop(key, None)
    else:
        holder[key] = value


def _inner(step: Mapping[str, Any], key: str) -> dict[str, Any]:
    return dict(step[key]) if isinstance(step.get(key), Mapping) else {}


def _read_send(post: QueryDict, step: Step, do: str) -> None:
    send = _inner(step, "send")
    send["channel"] = post.get("channel", "email")
    what = GIVEN_BY.get(send["channel"], "template")
    send[what] = post.get(what, send.get(what, ""))
    for other in {"template", *GIVEN_BY.values()} - {what}:
        send.pop(other, None)
    put(send, "deadline", read_length(post, "deadline"))
    step["send"] = send
    put(step, "holdout", "" if send["channel"] == "survey" else read_number(post, "holdout"))
    known = _inner(step, "on")
    edges = {name: goto for name in OUTCOMES if (goto := post.get(f"on.{name}", known.get(name, "")))}
    put(step, "on", edges)


def read_number(post: QueryDict, name: str) -> Any:
    text = post.get(name, "").strip().replace(",", ".")
    return number_of(text) if text else ""


def _read_wait(post: QueryDict, step: Step, do: str) -> None:
    wait = _inner(step, "wait")
    events = [event for event in post.getlist("event") if event]
    put(wait, "for", read_length(post, "for"))
    put(wait, "until", read_until(post))
    put(wait, "event", one_or_list([*events, ""] if do == "also:event" else events))
    put(wait, "where", _read_where(post, "wait", events, do))
    put(wait, "since", _read_since(post, wait) if events else "")
    put(wait, "when", read_condition(post, "when", do))
    put(wait, "timeout", read_length(post, "timeout"))
    put(wait, "on_timeout", post.get("on_timeout", ""))
    step["wait"] = wait


def _read_where(post: QueryDict, path: str, events: list[str], do: str) -> dict[str, Any]:
    where = write_filters(read_filters(post, path, do), events)
    return where if events else {}


def _read_since(post: QueryDict, wait: Mapping[str, Any]) -> str:
    chosen = post.get("since", "")
    if chosen == "length":
        return read_length(post, "since") or "P1D"
    return "" if chosen == "entry" and "since" not in wait else chosen


def read_until(post: QueryDict) -> dict[str, Any] | None:
    """Read a wall time: `until` says which kind it is."""
    kind, at = post.get("until", ""), post.get("until.at", "").strip() or "09:00"
    if kind == "instant":
        return {"instant": post.get("until.instant", "")}
    if kind == "weekday":
        return {"weekday": one_or_list([day for day in WEEKDAYS if day in post.getlist("until.weekday")]), "at": at}
    if kind == "day":
        return {"day": read_number(post, "until.day"), "at": at}
    return {"at": at} if kind == "at" else None


def _read_branch(post: QueryDict, step: Step, do: str) -> None:
    ways = [
        {"when": read_condition(post, f"way.{n}.when", do) or {"did": ""}, "goto": post.get(f"way.{n}.goto", "")}
        for n in range(read_size(post, "way"))
    ]
    step["else"] = post.get("else", "")
    if do == "way":
        ways.append({"when": {"did": ""}, "goto": step["else"]})
    step["branch"] = reorder(ways, do, "way")


def read_size(post: QueryDict, name: str) -> int:
    size = post.get(f"{name}.size", "")
    return min(int(size), 100) if size.isdecimal() else 0


def reorder(items: list[dict[str, Any]], do: str, name: str) -> list[dict[str, Any]]:
    """Drop or move one of several: `un<name>:2`, `up<name>:2`."""
    action, _colon, place = do.partition(":")
    if action == f"un{name}" and place.isdecimal():
        return [item for n, item in enumerate(items) if n != int(place)]
    if action == f"up{name}" and place.isdecimal() and 0 < int(place) < len(items):
        n = int(place)
        return [*items[: n - 1], items[n], items[n - 1], *items[n + 1 :]]
    return items


def _read_split(post: QueryDict, step: Step, do: str) -> None:
    parts = []
    for n in range(read_size(post, "part")):
        part = {"share": read_number(post, f"part.{n}.share"), "goto": post.get(f"part.{n}.goto", "")}
        if post.get(f"part.{n}.control"):
            part["control"] = True
        parts.append(part)
    if do == "part":
        parts.append({"share": 0, "goto": parts[-1]["goto"] if parts else ""})
    step["split"] = reorder(parts, do, "part")


def _read_set(post: QueryDict, step: Step, do: str) -> None:
    kind, name = post.get("set", "tag"), post.get("set.name", "").strip()
    if kind == "score":
        step["set"] = {"score": name, "by": read_number(post, "set.by")}
    elif kind == "attribute":
        step["set"] = {"attribute": name, "to": post.get("set.text", "").strip()}
    else:
        step["set"] = {"tag": name, "to": post.get("set.on", "true") == "true"}


def _read_enroll(post: QueryDict, step: Step, do: str) -> None:
    enroll = {**_inner(step, "enroll"), "journey": post.get("journey", "")}
    put(enroll, "stop", post.get("stop") == "true" or None)
    step["enroll"] = enroll


def _read_goto(post: QueryDict, step: Step, do: str) -> None:
    step["goto"] = post.get("goto", "")


def _read_exit(post: QueryDict, step: Step, do: str) -> None:
    step["exit"] = post.get("exit", "").strip()


READERS: dict[str, Callable[[QueryDict, Step, str], None]] = {
    "send": _read_send,
    "wait": _read_wait,
    "branch": _read_branch,
    "split": _read_split,
    "set": _read_set,
    "enroll": _read_enroll,
    "goto": _read_goto,
    "exit": _read_exit,
}


# ── The journey itself ────────────────────────────────────


def read_settings(post: QueryDict, old: Mapping[str, Any], do: str = "") -> dict[str, Any]:
    """Return the document with everything but its steps as the form says."""
    document = dict(old)
    document["name"] = read_words(post, "name") or {}
    document["entry"] = _read_entry(post, do)
    document["reentry"] = _read_reentry(post)
    for key in ("goal", "exit"):
        put(document, key, read_condition(post, key, do))
    put(document, "horizon", read_length(post, "horizon"))
    put(document, "conversion", _read_conversion(post, do))
    put(document, "priority", _unless(read_number(post, "priority"), 5))
    put(document, "on_resume", _unless(post.get("on_resume", ""), "fire"))
    put(document, "holdout", read_number(post, "holdout"))
    put(document, "never_withheld", post.get("never_withheld") == "on" or None)
    put(document, "quiet", _read_quiet(post))
    caps = {key: False for key in ("obey", "count") if not post.get(f"caps.{key}")}
    put(document, "caps", caps)
    return {key: document[key] for key in (*(key for key in document if key != "steps"), "steps") if key in document}


def _unless(value: Any, default: Any) -> Any:
    return "" if value == default else value


def _read_entry(post: QueryDict, do: str) -> dict[str, Any]:
    if post.get("entry") == "when":
        return {"when": read_condition(post, "entry.when", do) or {"did": ""}}
    event = post.get("entry.event", "")
    entry: dict[str, Any] = {"event": event}
    put(entry, "where", _read_where(post, "entry", [event], do))
    put(entry, "if", read_condition(post, "entry.if", do))
    return entry


def _read_reentry(post: QueryDict) -> Any:
    chosen = post.get("reentry", "once")
    if chosen == "after_exit":
        return {"after_exit": read_length(post, "reentry.gap")}
    return {"per_key": post.get("reentry.key", "")} if chosen == "per_key" else "once"


def _read_conversion(post: QueryDict, do: str) -> dict[str, Any] | None:
    event = post.get("conversion.event", "")
    if not event:
        return None
    conversion: dict[str, Any] = {"event": event}
    put(conversion, "where", _read_where(post, "conversion", [event], do))
    conversion["from"] = post.get("conversion.from", "entry")
    conversion["within"] = read_length(post, "conversion.within") or "P30D"
    return conversion


def _read_quiet(post: QueryDict) -> Any:
    chosen = post.get("quiet", "")
    if chosen == "own":
        return {"from": post.get("quiet.from", "") or "22:00", "to": post.get("quiet.to", "") or "07:00"}
    return chosen


__all__ = ["open_filters", "read_settings", "read_step"]
