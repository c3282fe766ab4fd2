"""Who says what of a made-up incident, in TOML: some from evidence of their own, more by repeating others."""

from __future__ import annotations

import datetime as dt

import msgspec
from msgspec import Struct

from unrig.drill.build.fleet import shuffled
from unrig.drill.build.seeds import between, pick

_RESPONDERS = ("Fathom Response", "Juniper Hollow Labs", "Kestrel Forensics", "Marrow Security", "Opal Incident Desk")
_PRESS = ("Daily Packet", "Harbour Gazette", "Patch Weekly", "Signal Courier", "The Loop Letter", "Wire & Wharf")
_ACTORS = ("fathom:GREY HERON", "kestrel:UNC-D17", "marrow:Paper Fox")
_OWN = ("own_response", "own_telemetry", "analysis")
_WORDS = ("suspected", "moderate confidence", "high confidence")


class Said(Struct, frozen=True, kw_only=True):
    """One claim as it stands in the file."""

    id: str
    organisation: str
    reliability: str
    said: str
    read: str
    about: str
    relation: str
    value: str
    words: str
    credibility: int
    basis: str
    cites: tuple[str, ...] = ()
    quote: str = ""


class Claims(Struct, frozen=True, kw_only=True):
    """The claims of a drill, and what they rest on."""

    said: tuple[Said, ...]
    roots: tuple[str, ...]
    unrooted: tuple[str, ...]


def claims(seed: int, about: str, known: dt.datetime) -> Claims:
    """Return 3 to 5 claims of own evidence, 4 to 9 relays of them and 2 relays that cite only each other."""
    roots = [_own(seed, turn, about, known) for turn in range(between(seed, "claims/own", 3, 5))]
    relays: list[Said] = []
    for turn in range(between(seed, "claims/relays", 4, 9)):
        relays.append(_relay(seed, turn, (*roots, *relays), known))
    ring = tuple(_ring(seed, turn, about, known) for turn in range(2))
    told = shuffled(seed, "claims/order", (*roots, *relays, *ring))
    return Claims(
        said=tuple(told), roots=tuple(sorted(each.id for each in roots)), unrooted=tuple(each.id for each in ring)
    )


def write(said: tuple[Said, ...]) -> bytes:
    """Return the claims as TOML: a JSON text, number or array of these is TOML too."""
    return b"# An inert drill of unrig: nobody has said this.\n\n" + b"\n".join(_entry(each) for each in said)


def _entry(said: Said) -> bytes:
    fields = msgspec.to_builtins(said)
    return b"[[claim]]\n" + b"".join(b"%s = %s\n" % (key.encode(), msgspec.json.encode(fields[key])) for key in fields)


def _own(seed: int, turn: int, about: str, known: dt.datetime) -> Said:
    label = f"claims/own/{turn}"
    attributes = between(seed, f"{label}/what", 0, 1) == 1
    return Said(
        id=f"own-{turn}",
        organisation=shuffled(seed, "responders", _RESPONDERS)[turn],
        reliability=pick(seed, f"{label}/reliability", "AB"),
        said=_day(known, between(seed, f"{label}/said", 0, 5)),
        read=_day(known, 60),
        about=about,
        relation="attributed_to" if attributes else "first_seen",
        value=pick(seed, f"{label}/actor", _ACTORS) if attributes else _day(known, -turn),
        words=pick(seed, f"{label}/words", _WORDS),
        credibility=between(seed, f"{label}/credibility", 1, 3),
        basis=pick(seed, f"{label}/basis", _OWN),
    )


def _relay(seed: int, turn: int, before: tuple[Said, ...], known: dt.datetime) -> Said:
    """Return a report that repeats one said before, which may be a relay itself."""
    label = f"claims/relay/{turn}"
    source = pick(seed, f"{label}/of", before)
    return Said(
        id=f"relay-{turn}",
        organisation=pick(seed, f"{label}/press", _PRESS),
        reliability=pick(seed, f"{label}/reliability", "CDE"),
        said=_day(known, between(seed, f"{label}/said", 6, 20) + turn),
        read=_day(known, 60),
        about=source.about,
        relation=source.relation,
        value=source.value,
        words=pick(seed, f"{label}/words", _WORDS),
        credibility=between(seed, f"{label}/credibility", 2, 4),
        basis="relay",
        cites=(source.id,),
    )


def _ring(seed: int, turn: int, about: str, known: dt.datetime) -> Said:
    """Return one of two reports that each name the other as their source."""
    return Said(
        id=f"ring-{turn}",
        organisation=shuffled(seed, "ring", _PRESS)[turn],
        reliability="E",
        said=_day(known, 9 + turn),
        read=_day(known, 60),
        about=about,
        relation="attributed_to",
        value=_ACTORS[-1],
        words="high confidence",
        credibility=5,
        basis="relay",
        cites=(f"ring-{1 - turn}",),
    )


def _day(known: dt.datetime, days: int) -> str:
    return f"{known + dt.timedelta(days=days):%Y-%m-%d}"
