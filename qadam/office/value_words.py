"""The coded values of event properties in words: who an order is for, why a message stayed."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

VALUES: dict[tuple[str, str], str | Promise] = {
    ("kind", "prospect"): _("prospect"),
    ("kind", "customer"): _("customer"),
    ("kind", "distributor"): _("distributor"),
    ("buyer", "retail"): _("a customer at retail"),
    ("buyer", "preferred"): _("a preferred customer"),
    ("buyer", "own"): _("own use"),
    ("form", "live"): pgettext_lazy("presentation", "live"),
    ("form", "recording"): pgettext_lazy("presentation", "recording"),
    ("channel", "email"): _("e-mail"),
    ("channel", "plan"): _("action plan"),
    ("channel", "survey"): _("short survey"),
    ("kind", "csat"): _("satisfaction (CSAT)"),
    ("kind", "nps"): _("recommendation (NPS)"),
    ("kind", "ces"): _("ease (CES)"),
    ("kind", "expectation"): _("expectation"),
    ("category", "service"): _("service message"),
    ("category", "advertising"): _("advertising message"),
    ("reason", "goal"): _("the goal is reached"),
    ("reason", "exit"): _("it no longer fits"),
    ("reason", "excluded"): _("it didn't concern them after all"),
    ("reason", "horizon"): _("its time is over"),
    ("reason", "finished"): _("it came to its end"),
    ("reason", "done"): _("it came to its end"),
    ("reason", "left"): _("the member has left"),
    ("reason", "address"): _("there is no address"),
    ("reason", "stopped"): _("it is no longer needed"),
    ("reason", "consent"): _("no consent to advertising"),
    ("goal", "first"): _("first goal"),
}


def value_words(name: str, value: str) -> str:
    """Return the words of a coded value; what isn't coded stays as it came."""
    return str(VALUES.get((name, value), value))
