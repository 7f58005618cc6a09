"""Read JSON that strangers send: exact numbers, and forgiving where a strict reader would lose a whole batch."""

import json
from decimal import Decimal

import msgspec

LONGEST_NUMBER = 300
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class ExactDecoder(json.JSONDecoder):
    """Reads a stored payload with its numbers as int or Decimal, so that an amount is the same when tried again."""

    def __init__(self) -> None:
        super().__init__(parse_float=Decimal)


class NotJson(ValueError):
    """The text isn't JSON; the message says where it breaks."""


def decode(body: bytes) -> object:
    """Return a JSON document with its numbers as int or Decimal.

    Half a surrogate pair, which JavaScript clients send after cutting a text in the middle of an emoji, becomes U+FFFD;
    NaN and Infinity, which Python clients send, and monstrous numbers become texts (so they are refused where a number
    is expected, and the messages beside them are kept).

    Raises:
        NotJson: even so it can't be read.
    """
    try:
        return _decoder.decode(body)
    except (ValueError, RecursionError, ArithmeticError):
        return _decode_leniently(body)


def _decode_leniently(body: bytes) -> object:
    try:
        text = body.decode("utf-8-sig")
        return _repair(json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=str))
    except json.JSONDecodeError as error:
        raise NotJson(f"{error.msg}: line {error.lineno} column {error.colno} (char {error.pos})") from None
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise NotJson("nested too deeply") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_NUMBER else digits


def _decimal(digits: str) -> Decimal | str:
    try:
        return Decimal(digits)
    except ArithmeticError:
        return digits


def _repair(document: object) -> object:
    if isinstance(document, str):
        return document.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(document, dict):
        return {_repair(name): _repair(value) for name, value in document.items()}
    return [_repair(each) for each in document] if isinstance(document, list) else document
