"""Tell a condition as one sentence in Kazakh, Russian or English, in the words of the event catalogue."""

from qadam.conditions import tree
from qadam.conditions.phrases import Voice
from qadam.conditions.tree import Condition, Count
from qadam.conditions.voices.english import English
from qadam.conditions.voices.kazakh import Kazakh
from qadam.conditions.voices.russian import Russian

VOICES: dict[str, Voice] = {voice.code: voice for voice in (Kazakh(), Russian(), English())}


def explain(condition: Condition, language: str) -> str:
    """Return the condition as a sentence in `language` (kk, ru, en; a region is ignored, any other is English)."""
    voice = VOICES.get(language.split("-")[0], VOICES["en"])
    return _capitalise(_tell(condition, voice)) + "."


def _capitalise(text: str) -> str:
    place = next((place for place, letter in enumerate(text) if letter.isalnum()), 0)
    return text[:place] + text[place : place + 1].upper() + text[place + 1 :]


def _tell(condition: Condition, voice: Voice) -> str:
    match condition:
        case tree.All(parts):
            return voice.and_.join(_tell_part(part, voice, len(parts)) for part in parts)
        case tree.Any_(parts):
            return voice.or_.join(_tell_part(part, voice, len(parts)) for part in parts)
        case tree.Not(part):
            return _tell_not(part, voice)
    return _tell_leaf(condition, voice)


def _tell_part(part: Condition, voice: Voice, siblings: int) -> str:
    """Tell one of several joined conditions; a group inside a group stands in parentheses."""
    text = _tell(part, voice)
    return f"({text})" if siblings > 1 and _is_group(part) else text


def _is_group(condition: Condition) -> bool:
    match condition:
        case tree.All(parts) | tree.Any_(parts):
            return len(parts) > 1 or _is_group(parts[0])
        case tree.Not(part):
            return _is_group(part)
        case tree.Is(fields):
            return len(fields) > 1
        case tree.Team() | tree.Running():
            return True
    return False


def _tell_not(part: Condition, voice: Voice) -> str:
    match part:
        case tree.Did(count=Count(at_least=1, at_most=None), sum=None):
            return voice.did_not(part)
        case tree.In(kind, keys):
            return voice.stay(kind, voice.one_of([voice.quote(key) for key in keys]), is_negated=True)
        case tree.Team(of, where, Count(at_least=1, at_most=None)):
            return voice.nobody(of, _tell(where, voice))
        case tree.Not(inner):
            return _tell(inner, voice)
    text = _tell(part, voice)
    return voice.negate(f"({text})" if _is_group(part) else text)


def _tell_leaf(leaf: tree.Leaf, voice: Voice) -> str:
    match leaf:
        case tree.Did():
            return voice.did(leaf)
        case tree.Is(fields):
            told = (voice.or_.join(voice.field(name, value) for value in values) for name, values in fields)
            return voice.and_.join(told)
        case tree.Day():
            return voice.day(leaf)
        case tree.In(kind, keys):
            return voice.stay(kind, voice.one_of([voice.quote(key) for key in keys]), is_negated=False)
        case tree.Elapsed(length, since):
            return voice.elapsed(length, since)
        case tree.Last(event, name, test, where):
            word = voice.quote(voice.property_word([event], name))
            return voice.last(voice.goal(tree.Goal(event, name, where)), word, voice.test(test))
        case tree.Team(of, where, count):
            return voice.team(of, count, _tell(where, voice))
        case tree.Rate():
            return voice.rate(leaf)
        case tree.Ratio():
            return voice.ratio(leaf)
        case tree.Running(where=inner):
            return voice.running(leaf, _tell(inner, voice))
