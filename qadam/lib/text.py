"""Texts that content carries in the three languages of the product."""

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("kk", "ru", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """One text in Kazakh, Russian and English."""

    kk: str
    ru: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the text in `language` (region ignored); English for a language we don't have."""
        code = language.split("-")[0]
        return str(getattr(self, code)) if code in LANGUAGES else self.en

    def as_document(self) -> dict[str, str]:
        return {"kk": self.kk, "ru": self.ru, "en": self.en}


def missing_languages(document: Mapping[str, object]) -> list[str]:
    """Return the languages in which a `{kk, ru, en}` document has no text."""
    return [code for code in LANGUAGES if not str(document.get(code) or "").strip()]


def words_of(document: Mapping[str, str]) -> Words:
    """Read a `{kk, ru, en}` document that was checked before; an absent text becomes empty."""
    return Words(*(document.get(code, "") for code in LANGUAGES))
