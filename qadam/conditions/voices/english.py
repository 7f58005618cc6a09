from datetime import timedelta

from qadam.conditions import tree
from qadam.conditions.phrases import Voice, split_length
from qadam.conditions.tree import Count, Did, Value

LANGUAGES = {"kk": "Kazakh", "ru": "Russian", "en": "English"}
FIELDS: dict[tuple[str, Value], str] = {
    ("kind", "prospect"): "the member is a prospect",
    ("kind", "customer"): "the member is a customer",
    ("kind", "distributor"): "the member is a distributor",
    ("sponsor", "present"): "the member has a sponsor",
    ("sponsor", "absent"): "the member has no sponsor",
    ("mentor", "present"): "the member has a mentor",
    ("mentor", "absent"): "the member has no mentor",
    ("left", True): "the member has left the company",
    ("left", False): "the member hasn't left the company",
    ("registered", True): "the member is registered",
    ("registered", False): "the member isn't registered",
}
CIRCLES = {
    tree.Circle.FRONTLINE: "in the frontline",
    tree.Circle.DOWNLINE: "in the downline",
    tree.Circle.MENTEES: "among the mentees",
}


class English(Voice):
    code = "en"
    quotes = ("“", "”")
    and_, or_, or_word = ", and ", ", or ", "or"
    yes, no, decimal = "yes", "no", "."

    def negate(self, text: str) -> str:
        return f"it isn't true that {text}"

    def did(self, did: Did) -> str:
        several = len(did.events) > 1
        is_plain = did.count == Count() and not did.distinct
        if is_plain:
            subject = "one of the events" if several else "the event"
            verb, amount = "has happened", []
        else:
            subject = "the events" if several else "the event"
            verb, amount = ("have" if several else "has") + " happened", [self._amount(did)]
        text = " ".join([subject, self.events(did.events) + self.notes(did), verb, *amount, *self.windows(did)])
        return text + self._sum(did)

    def did_not(self, did: Did) -> str:
        names = self.events(did.events) + self.notes(did)
        several = len(did.events) > 1
        start = f"none of the events {names} has happened" if several else f"the event {names} hasn't happened"
        return " ".join([start, *self.windows(did)])

    def _amount(self, did: Did) -> str:
        if did.distinct == tree.DAY:
            return f"on {_how_many(did.count, 'different day', 'different days')}"
        if did.distinct:
            name = self.quote(self.property_word(did.events, did.distinct))
            return f"with {_how_many(did.count, 'different value', 'different values')} of {name}"
        return "exactly once" if did.count == Count(1, 1) else _how_many(did.count, "time", "times")

    def _sum(self, did: Did) -> str:
        if did.sum is None:
            return ""
        name = self.quote(self.property_word(did.events, did.sum.of))
        return f", with {name} adding up to at least {self.number(did.sum.at_least)}"

    def within(self, length: timedelta) -> str:
        parts = split_length(length)
        is_one = len(parts) == 1 and parts[0][0] == 1
        return f"in the last {parts[0][1] if is_one else _length(length)}"

    def since(self, anchor: tree.Anchor) -> str:
        if anchor is tree.Fixed.ENTRY:
            return "since the entry"
        if isinstance(anchor, tree.EventAnchor):
            return f"since the {'last' if anchor.is_last else 'first'} {self.anchor_events(anchor)}"
        return "since the start of the path (day 0)"

    def days(self, first: int, last: int) -> str:
        return f"on day {first} of the path" if first == last else f"on days {first}–{last} of the path"

    def unless(self, event: str, name: str) -> str:
        return f"not counting those with {event} for the same {self.quote(name)}"

    def past(self, name: str, by: timedelta) -> str:
        if not name:
            return f"at least {_length(by)} ago"
        return f"at least {_length(by)} after {self.quote(name)}" if by else f"{self.quote(name)} is over"

    def followed(self, event: str, name: str, within: timedelta | None) -> str:
        same = f" with the same {self.quote(name)}" if name else ""
        return f"not followed by {event}{same}" + (f" within {_length(within)}" if within else "")

    def same(self, name: str) -> str:
        return f"with the {self.quote(name)} of the entry"

    def per(self, name: str) -> str:
        return f"counted for each {self.quote(name)} on its own"

    def field(self, name: str, value: Value) -> str:
        if name == "language":
            return f"the member's language is {LANGUAGES[str(value)]}"
        return FIELDS[name, value]

    def day(self, day: tree.Day) -> str:
        if day.at_most is None:
            return f"it is day {day.at_least} of the path or later"
        if day.at_least is None:
            return f"it is day {day.at_most} of the path or earlier"
        several = f"one of the days {day.at_least}–{day.at_most}"
        return f"it is {several if day.at_least < day.at_most else f'day {day.at_least}'} of the path"

    def stay(self, kind: str, keys: str, *, is_negated: bool) -> str:
        verb = "isn't" if is_negated else "is"
        return f"the member {verb} in the {kind} {keys}"

    def elapsed(self, length: timedelta, anchor: tree.Anchor) -> str:
        parts = split_length(length)
        verb = "has" if parts == [(1, parts[0][1])] else "have"
        return f"at least {_length(length)} {verb} passed {self.since(anchor)}"

    def last(self, event: str, name: str, test: str) -> str:
        return f"the newest {name} of {event} is {test}"

    def team(self, circle: tree.Circle, count: Count, inner: str) -> str:
        return f"{CIRCLES[circle]}, {_how_many(count, 'person', 'people')}: {inner}"

    def nobody(self, circle: tree.Circle, inner: str) -> str:
        return f"{CIRCLES[circle]}, nobody: {inner}"

    def tally(self, tally: tree.Tally) -> str:
        counted = self.counted(tally)
        if tally.sum:
            text = f"the sum of {self.quote(self.property_word(tally.events, tally.sum))} of {counted}"
        elif tally.distinct == tree.DAY:
            text = f"the number of days with {counted}"
        elif tally.distinct:
            text = (
                f"the number of different {self.quote(self.property_word(tally.events, tally.distinct))} of {counted}"
            )
        else:
            text = f"the number of {counted}"
        return f"{text} {CIRCLES[tally.by]}" if tally.by else text

    def rate(self, rate: tree.Rate) -> str:
        earlier = "before that" if rate.before == rate.within else f"that ended {_length(rate.before)} ago"
        return (
            f"the rate ({self.tally(rate.of)}) {self.within(rate.within)} is {self.shares(rate.limits)}"
            f" of one's own rate in the {_length(rate.against)} {earlier}"
        )

    def ratio(self, ratio: tree.Ratio) -> str:
        goal = self.goal(ratio.to)
        name = self.quote(self.property_word([ratio.to.event], ratio.to.property))
        text = (
            f"{self.tally(ratio.of)} in the goal's period is {self.shares(ratio.limits)} of the newest {name} of {goal}"
        )
        return text if ratio.at is None else f"{text}, from {self.share(ratio.at)} of its period on"

    def running(self, running: tree.Running, inner: str) -> str:
        return f"in each of the last {running.times} periods of {_length(running.each)}: {inner}"


def _plural(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _how_many(count: Count, one: str, many: str) -> str:
    if count.at_most is None:
        return f"at least {_plural(count.at_least, one, many)}"
    if count.at_least == count.at_most:
        return f"exactly {_plural(count.at_most, one, many)}"
    if count.at_least == 0:
        return f"at most {_plural(count.at_most, one, many)}"
    return f"{count.at_least} to {_plural(count.at_most, one, many)}"


def _length(length: timedelta) -> str:
    return " ".join(_plural(number, unit, f"{unit}s") for number, unit in split_length(length))
