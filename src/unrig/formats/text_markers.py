"""Texts in a program that tell what it touches: searched in ASCII and UTF-16LE in one pass by yara-x.

The patterns are names that Windows, browsers and frameworks give; none is of an incident. Sources: ATT&CK T1217,
T1555.003, T1082, T1518.001, T1547.001, T1053.005; Chromium's `chrome/common/chrome_constants.cc`; Firefox's profile
files; RFC 9110 10.1.5 (product tokens).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from unrig.model.markers import Marker, MarkerFacts

if TYPE_CHECKING:
    import yara_x

MOST = 64
"""Distinct texts of a kind; the most of 159 real PEs of one release is 5."""
LONGEST = 320
"""Characters that are kept."""
STEP = 32 << 20
"""Bytes that are searched at a time: yara-x wants them in one object, and a mapped file may be large."""
KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "browser_stores": (
            r'"\\User Data\\" ascii wide',
            r'".config/google-chrome" ascii',
            r'"Application Support/Google/Chrome" ascii',
            r'"Login Data" ascii wide fullword',
            r'"places.sqlite" ascii wide',
            r'"cookies.sqlite" ascii wide',
            r'"formhistory.sqlite" ascii wide',
            r'"logins.json" ascii wide',
            r'"key4.db" ascii wide',
            r'"\\BraveSoftware\\" ascii wide',
            r'"Mozilla\\Firefox\\Profiles" ascii wide',
        ),
        "system_survey": (
            r'"MachineGuid" ascii wide',
            r'"Win32_ComputerSystem" ascii wide',
            r'"Win32_OperatingSystem" ascii wide',
            r'"Win32_BIOS" ascii wide',
            r'"AntiVirusProduct" ascii wide',
            r'"SecurityCenter2" ascii wide',
            r'"systeminfo" ascii wide fullword',
            r'"ipconfig /all" ascii wide',
            r'"whoami /" ascii wide',
        ),
        "persistence": (
            r'"CurrentVersion\\Run" ascii wide',
            r'"schtasks" ascii wide fullword',
            r'"Start Menu\\Programs\\Startup" ascii wide',
        ),
        "user_agent": (
            r"/Mozilla\/[45]\.0 \([ -~]{8,300}/ ascii",
            r"/Mozilla\/[45]\.0 \([ -~]{8,300}/ wide",
        ),
        "framework": (
            r"/Electron\/[0-9]{1,3}\.[0-9]{1,4}\.[0-9]{1,4}/ ascii",
            r"/Chrome\/[0-9]{1,3}\.[0-9]{1,4}\.[0-9]{1,5}\.[0-9]{1,4}/ ascii",
            r"/node-v[0-9]{1,3}\.[0-9]{1,4}\.[0-9]{1,4}/ ascii",
            r"/Qt [4-9]\.[0-9]{1,3}\.[0-9]{1,3} \([ -~]{8,120}\)/ ascii",
        ),
    }
)


def find_markers(data: memoryview) -> MarkerFacts:
    """Return the distinct texts of every kind with the offset of each one's first occurrence."""
    found: dict[tuple[str, str], Marker] = {}
    truncated = set[str]()
    counted = dict.fromkeys(KINDS, 0)
    for marker in sorted(_matches(data), key=lambda one: (one.kind, one.offset)):
        if (marker.kind, marker.text) in found:
            continue
        if counted[marker.kind] >= MOST:
            truncated.add(marker.kind)
            continue
        counted[marker.kind] += 1
        found[marker.kind, marker.text] = marker
    return MarkerFacts(markers=tuple(found.values()), truncated=tuple(sorted(truncated)))


def preload() -> None:
    """Compile the patterns; call it before a worker is sealed, so that no worker does it again."""
    _rules()


def _matches(data: memoryview) -> Iterator[Marker]:
    import yara_x  # noqa: PLC0415  (who asks a warm cache does without it; see preload)

    scanner = yara_x.Scanner(_rules())
    scanner.max_matches_per_pattern(MOST * 16)
    for start in range(0, len(data), STEP):
        piece = _piece(data, start)
        for rule in scanner.scan(piece).matching_rules:
            for pattern in rule.patterns:
                for match in pattern.matches:
                    yield _marker(rule.identifier, piece, match.offset, match.length, start)


def _piece(data: memoryview, start: int) -> bytes:
    """Return a piece with what a text at its end needs; a file in memory is not copied."""
    if start == 0 and isinstance(data.obj, bytes) and len(data.obj) == len(data) <= STEP:
        return data.obj
    return bytes(data[start : start + STEP + 2 * LONGEST])


def _marker(kind: str, piece: bytes, offset: int, length: int, start: int) -> Marker:
    raw = piece[offset : offset + length]
    text = raw[::2] if raw[1:2] == b"\0" else raw
    return Marker(kind=kind, text=text[:LONGEST].decode("ascii", "replace"), offset=start + offset, length=length)


@cache
def _rules() -> yara_x.Rules:
    import yara_x  # noqa: PLC0415  (as above)

    return yara_x.compile("\n".join(_rule(kind, patterns) for kind, patterns in KINDS.items()))


def _rule(kind: str, patterns: tuple[str, ...]) -> str:
    strings = "\n".join(f"${number} = {pattern}" for number, pattern in enumerate(patterns))
    return f"rule {kind} {{ strings: {strings.replace('$', '$s')} condition: any of them }}"
