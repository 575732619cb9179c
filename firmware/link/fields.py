"""Reading the fields of a request: a value of the right kind, or None."""

import json

from pump.limits import whole

REASON_CHARS_MAX = 80
VALUE_CHARS_MAX = 24
_LINE_ENDS = (0x2028, 0x2029)


def number(request: dict, field: str):  # type: ignore
    """The whole number in a field, or None."""
    value = request.get(field)
    return value if whole(value) else None


def text(request: dict, field: str) -> str:
    """The text in a field, or ""."""
    value = request.get(field)
    return value if isinstance(value, str) else ""


def clipped(value: str, most_bytes: int) -> str:
    """The beginning of a text that as JSON has at most so many bytes."""
    while len(json.dumps(value).encode()) > most_bytes:
        value = value[: len(value) * 7 // 8]
    return value


def is_plain(value: str) -> bool:
    """Whether a text has no control characters, and is Unicode at all: it neither breaks a line,
    nor colours a terminal, nor is lost as bytes."""
    for letter in value:
        code = ord(letter)
        if code < 32 or 127 <= code < 160 or code in _LINE_ENDS or 0xD800 <= code < 0xE000:
            return False
    return True


def plain(value: str) -> str:
    """A text with a ? for each character that is not plain."""
    return value if is_plain(value) else "".join([c if is_plain(c) else "?" for c in value])


def shown(value: object) -> str:
    """A value as a refusal repeats it: the beginning, in one line."""
    return plain(str(value)[:VALUE_CHARS_MAX])


def reason_or_none(value: object) -> "str | None":
    if isinstance(value, str) and 1 <= len(value) <= REASON_CHARS_MAX:
        return value
    return None


def no_reason(request: dict) -> "str | None":
    """The refusal of a request without a reason, or None."""
    if reason_or_none(request.get("reason")) is None:
        return "reason: give one, 1.." + str(REASON_CHARS_MAX) + " characters"
    return None
