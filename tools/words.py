"""The catalogues of the interface: `collect` texts from code and templates, `compile` them, `check` that all is there.

Babel does the work, so no gettext tools are needed. Django's templates are turned into something that the Python
extractor reads by Django's own `templatize`.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parents[1] / "qadam"
LOCALES = ("kk", "ru")
KEYWORDS = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLURALS = {
    "kk": "nplurals=2; plural=(n != 1);",
    "ru": "nplurals=4; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 :"
    " n%10==0 || (n%10>=5 && n%10<=9) || (n%100>=11 && n%100<=14)? 2 : 3);",
}


def main(action: str) -> int:
    if action == "compile":
        compile_catalogues()
        return 0
    if action == "collect":
        collect()
        return 0
    if action == "check":
        return check()
    sys.exit("collect, compile or check")


def path_of(locale: str) -> Path:
    return PACKAGE / "locale" / locale / "LC_MESSAGES" / "django.po"


def read(locale: str) -> Catalog:
    path = path_of(locale)
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def compile_catalogues() -> None:
    for locale in LOCALES:
        with path_of(locale).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(locale))


def collect() -> None:
    """Bring the catalogues in step with the code; what is new has an empty translation, what is gone is dropped."""
    template = collected()
    for locale in LOCALES:
        catalogue = read(locale)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        path = path_of(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        write_po(buffer, catalogue, width=110, omit_header=False, no_location=True, sort_output=True)
        path.write_bytes(_fix_header(buffer.getvalue(), locale))


def _fix_header(po: bytes, locale: str) -> bytes:
    """Keep only the lines of the header that don't change by themselves."""
    body = po.decode().split("\n\n", 1)[1]
    header = [
        'msgid ""',
        'msgstr ""',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Language: {locale}\\n"',
        f'"Plural-Forms: {PLURALS[locale]}\\n"',
    ]
    return ("\n".join(header) + "\n\n" + body.rstrip("\n") + "\n").encode()


def collected() -> Catalog:
    template = Catalog()
    for path in sorted(PACKAGE.rglob("*")):
        if "tests" in path.parts or path.suffix not in (".py", ".html", ".txt"):
            continue
        for _line, message, _comments, context in _texts_of(path):
            template.add(message, context=context)
    return template


def _texts_of(path: Path) -> Iterator[tuple[int, object, list[str], str | None]]:
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        if "{% " not in source:
            return iter(())
        from django.conf import settings
        from django.utils.translation.template import templatize

        if not settings.configured:
            settings.configure(USE_I18N=True)
        source = templatize(source, origin=str(path))
    return iter(extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS))


def check() -> int:
    """Print every text without a translation; return how many there are."""
    wanted = collected()
    missing = 0
    for locale in LOCALES:
        catalogue = read(locale)
        for message in wanted:
            if not message.id:
                continue
            found = catalogue.get(message.id, context=message.context)
            texts = found.string if found is not None else ""
            complete = all(texts) if isinstance(texts, tuple | list) else bool(texts)
            if not complete or (found is not None and found.fuzzy):
                missing += 1
                print(f"{locale}: {message.id!r}")
    return missing


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1] if len(sys.argv) > 1 else "")))
