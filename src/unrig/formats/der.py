"""DER values by their offsets in the file (ITU-T X.690): tag, length, content, and nothing interpreted.

Every structure of a signature is read through this module, so that what a certificate, an attribute
or a hidden payload is can be told with its place. Non-minimal lengths (BER, X.690 section 8.1.3) are
read, since Windows reads them; indefinite lengths and multi-byte tags, which Authenticode never uses,
are refused.
"""

from __future__ import annotations

import calendar
import re

from msgspec import Struct

from unrig.model.errors import FormatError, LimitError

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
SEQUENCE, SET = 0x30, 0x31
UTC_TIME, GENERALIZED_TIME = 0x17, 0x18
CONTEXT = 0x80
"""Context-specific, primitive; add the number."""
CONTEXT_CONSTRUCTED = 0xA0
"""Context-specific, constructed; add the number."""

MOST_LENGTH_OCTETS = 4  # 4 GiB, more than a PE can hold
MOST_CHILDREN = 4096  # the longest list in 1,692 real signatures has 12 elements
LONGEST_OID = 64  # octets; the longest registered ones have 20
LONGEST_INTEGER = 4096  # octets; an RSA modulus of 16,384 bits has 2,049

Data = memoryview | bytes


class Element(Struct, frozen=True, kw_only=True, gc=False):
    """One value: its identifier octet, where it starts, where its content starts, where it ends."""

    tag: int
    start: int
    body: int
    end: int

    @property
    def size(self) -> int:
        """Octets of the content."""
        return self.end - self.body


def read(data: Data, offset: int, end: int) -> Element:
    """Return the value at `offset`, which must lie before `end` as a whole.

    Raises FormatError where the header is cut, is of a form Authenticode does not use, or claims more than there is.
    """
    if offset < 0 or offset + 2 > end or end > len(data):
        raise FormatError(f"offset {offset:#x}", "a DER value", f"{max(0, end - offset)} bytes left")
    tag, first = data[offset], data[offset + 1]
    if tag & 0x1F == 0x1F:
        raise FormatError(f"offset {offset:#x}", "a tag of one octet", f"octet {tag:#04x}")
    body, length = offset + 2, first
    if first & 0x80:
        octets = first & 0x7F
        if not 1 <= octets <= MOST_LENGTH_OCTETS or body + octets > end:
            raise FormatError(f"offset {offset:#x}", "a definite length of at most 4 octets", f"octet {first:#04x}")
        length = int.from_bytes(data[body : body + octets], "big")
        body += octets
    if length > end - body:
        raise FormatError(f"offset {offset:#x}", f"at most {end - body} bytes of content", f"a length of {length}")
    return Element(tag=tag, start=offset, body=body, end=body + length)


def root(data: Data) -> Element:
    """Return the first value of `data`."""
    return read(data, 0, len(data))


def children(data: Data, parent: Element) -> list[Element]:
    """Return the values inside `parent`, which fill it exactly.

    Raises FormatError where they do not, LimitError where they are more than 4,096.
    """
    found: list[Element] = []
    offset = parent.body
    while offset < parent.end:
        if len(found) == MOST_CHILDREN:
            raise LimitError(f"offset {parent.start:#x}", f"{MOST_CHILDREN} elements", "more")
        found.append(read(data, offset, parent.end))
        offset = found[-1].end
    return found


def content(data: Data, element: Element) -> bytes:
    """Return the content octets."""
    return bytes(data[element.body : element.end])


def whole(data: Data, element: Element) -> bytes:
    """Return the value with its header."""
    return bytes(data[element.start : element.end])


def expect(element: Element, tag: int, what: str) -> Element:
    """Return `element` if it has the tag; FormatError otherwise."""
    if element.tag != tag:
        raise FormatError(f"offset {element.start:#x}", f"{what} (tag {tag:#04x})", f"tag {element.tag:#04x}")
    return element


class Fields:
    """The members of one SEQUENCE or SET in order, taken one after the other as its ASN.1 definition lists them."""

    def __init__(self, data: Data, parent: Element, what: str) -> None:
        self._where = f"{what} at offset {parent.start:#x}"
        self._left = children(data, parent)
        self._left.reverse()

    def take(self, tag: int, what: str) -> Element:
        """Return the next member, which must have this tag; FormatError otherwise."""
        if not self._left:
            raise FormatError(self._where, what, "the end")
        return expect(self._left.pop(), tag, what)

    def any(self, what: str) -> Element:
        """Return the next member, whatever it is; FormatError at the end."""
        if not self._left:
            raise FormatError(self._where, what, "the end")
        return self._left.pop()

    def optional(self, tag: int) -> Element | None:
        """Return the next member if it has this tag."""
        return self._left.pop() if self._left and self._left[-1].tag == tag else None

    def rest(self) -> tuple[Element, ...]:
        """Return what the definition has no place for."""
        return tuple(reversed(self._left))


def sequence(data: Data, element: Element, what: str) -> Fields:
    """Return the members of a SEQUENCE; FormatError where it is none."""
    return Fields(data, expect(element, SEQUENCE, what), what)


def only_child(data: Data, element: Element, what: str) -> Element:
    """Return the one value inside an explicit tag; FormatError where there is none or more than one."""
    found = children(data, element)
    if len(found) != 1:
        raise FormatError(f"offset {element.start:#x}", f"one value ({what})", f"{len(found)} values")
    return found[0]


def oid(data: Data, element: Element) -> str:
    """Return an OBJECT IDENTIFIER in dotted form (X.690 section 8.19)."""
    expect(element, OID, "an object identifier")
    if not 1 <= element.size <= LONGEST_OID or data[element.end - 1] & 0x80:
        raise FormatError(f"offset {element.start:#x}", "an object identifier", f"{element.size} octets")
    arcs: list[int] = []
    value = 0
    for octet in data[element.body : element.end]:
        value = value << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def integer(data: Data, element: Element) -> int:
    """Return an INTEGER (two's complement); FormatError where it is empty or longer than 4,096 octets."""
    expect(element, INTEGER, "an integer")
    if not 1 <= element.size <= LONGEST_INTEGER:
        raise FormatError(f"offset {element.start:#x}", "an integer", f"{element.size} octets")
    return int.from_bytes(data[element.body : element.end], "big", signed=True)


def bit_string(data: Data, element: Element) -> bytes:
    """Return the octets of a BIT STRING without the count of unused bits."""
    expect(element, BIT_STRING, "a bit string")
    if element.size < 1 or data[element.body] > 7:
        raise FormatError(f"offset {element.start:#x}", "a bit string", f"{element.size} octets")
    return bytes(data[element.body + 1 : element.end])


_TIME = re.compile(
    rb"(?P<year>\d{2}|\d{4})(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?"
    rb"(?:[.,]\d{1,9})?(?P<zone>Z|[+-]\d{4})?"
)
PIVOT_YEAR = 50  # RFC 5280 section 4.1.2.5.1: two-digit years from 50 on are of the twentieth century


def time(data: Data, element: Element) -> int:
    """Return a UTCTime or GeneralizedTime in Unix seconds, fractions dropped; FormatError where it is no time."""
    text = content(data, element) if element.size <= 32 else b""
    match = _TIME.fullmatch(text)
    digits = 2 if element.tag == UTC_TIME else 4
    if element.tag not in (UTC_TIME, GENERALIZED_TIME) or match is None or len(match["year"]) != digits:
        raise FormatError(f"offset {element.start:#x}", "a time", f"tag {element.tag:#04x}, {text[:32]!r}")
    year = int(match["year"])
    if digits == 2:
        year += 1900 if year >= PIVOT_YEAR else 2000
    month, day, hour, minute, second = (int(match[k] or 0) for k in ("month", "day", "hour", "minute", "second"))
    if not (1 <= month <= 12 and 1 <= day <= 31 and hour <= 23 and minute <= 59 and second <= 60 and year >= 1):
        raise FormatError(f"offset {element.start:#x}", "a date that exists", repr(text))
    return calendar.timegm((year, month, day, hour, minute, second, 0, 0, 0)) - _zone(match["zone"] or b"Z")


def _zone(zone: bytes) -> int:
    """Seconds that a zone is ahead of UTC."""
    if zone == b"Z":
        return 0
    ahead = int(zone[1:3]) * 3600 + int(zone[3:5]) * 60
    return ahead if zone[:1] == b"+" else -ahead


_ENCODINGS = {0x0C: "utf-8", 0x1E: "utf-16-be", 0x1C: "utf-32-be", 0x14: "latin-1", 0x13: "latin-1", 0x16: "latin-1"}


def text(data: Data, element: Element, longest: int = 1024) -> str:
    """Return a character string, wrong octets replaced, control characters escaped, cut at `longest` octets."""
    raw = bytes(data[element.body : min(element.end, element.body + longest)])
    return printable(raw.decode(_ENCODINGS.get(element.tag, "latin-1"), "replace"))


def printable(value: str) -> str:
    r"""Return `value` with every character that does not print as `\uXXXX`."""
    if value.isprintable():
        return value
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in value)
