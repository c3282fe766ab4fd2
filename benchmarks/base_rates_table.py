"""`make base-rates`: how often consecutive innocent releases differ in each way. Needs the network once.

Every pair of the list is vetted with its predecessor as baseline; a pair counts once for each property that at least
one of its files shows. Writes src/unrig/data/base_rates.toml and the tables of docs/explanation/base-rates.md.
Packages whose SHA-256 starts with 0-7 set thresholds and weights; 8-f judge, and only their figures are published.
"""

from __future__ import annotations

import math
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from benchmarks.pairs import SMALL, Pair, get, read_pairs
from unrig import api
from unrig.data.base_rates import BaseRateRow
from unrig.data.tampered_rates import TamperedRow, tampered_rates
from unrig.model.change import ChangeKind
from unrig.model.errors import UsageError
from unrig.model.levels import Severity
from unrig.model.results import VetResult
from unrig.model.rule import Rule
from unrig.vet.detect import RULES
from unrig.vet.weighing import loudest

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "src" / "unrig" / "data" / "base_rates.toml"
DETECT = ROOT / "src" / "unrig" / "vet" / "detect"
PAGE = ROOT / "docs" / "explanation" / "base-rates.md"
CONFIDENT = 1.96  # standard deviations: 95 %
PROGRAMS = ("functions", "imports", "exports", "sections", "resources", "build", "signer")
"""Families of which only programs have properties."""
EXPLAINED = (
    "Not independent: five judgements were made after a look at this half, in which 6 pairs had a finding at medium before.",
    "`lone-rebuild` is low for files that state no version (pywinpty), `gained-loader` is low where only an import says so",
    "(pywin32), `new-executable-content` is low where the baseline has sources of machine code (node-pty),",
    "`same-identity-other-bytes` asks the version's numbers too (the text of Microsoft's signtool says 4.00 in every",
    "version), `build-environment-unlike-siblings` is low where a program says it is part of another product",
    "(KernelTraceControl.dll in the sarif-multitool). What counts as few functions comes from the other half.",
)
"""What a person found out about the findings, written by hand."""
WEIGHED = (
    "The weight is a likelihood ratio: the share of known tampered releases that showed it, over the share of innocent pairs",
    "in the half that sets weights, each moved by half a case (Walter, Biometrika 62, 1975). A finding of the rule is at most",
    "*high* from a weight of 10 on, *medium* from 3.2 on (half a power of ten), else *low*: Jeffreys' scale of evidence.",
    "Where findings of two or more groups come together (code; files; addresses), the reasons of the verdict name the product of",
    "the weightiest of each, capped at 1,000. It moves no verdict: that they are independent is an assumption.",
    "",
    "**What it is worth.** The tampered releases are few, were counted by hand from what was published, and a trait that",
    "nobody reported counts as absent (the list is `src/unrig/data/tampered_rates.toml`); no binary of theirs was measured.",
    "The intervals say it: the lower ends are about 1. The half that sets weights set the rules' thresholds too, so weights",
    "are rather too high; the column of the pairs that judge is what they would be by pairs that no threshold saw, with",
    "findings at *low* counted as findings.",
)
"""What the weights are, written by hand."""
LOUD = (Severity.HIGH, Severity.CRITICAL)


@dataclass
class Seen:
    """What one pair showed."""

    pair: Pair
    properties: frozenset[str]
    programs: bool
    """Some program differs, so that properties of programs could have been seen."""
    medium: list[str] = field(default_factory=list)
    high: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Share:
    """So many of so many pairs, with Wilson's 95 % interval."""

    hits: int
    of: int

    @property
    def low(self) -> float:
        """Return the lower bound."""
        return max(0.0, self._middle - self._half)

    @property
    def high(self) -> float:
        """Return the upper bound."""
        return min(1.0, self._middle + self._half)

    @property
    def _middle(self) -> float:
        return (self.hits + CONFIDENT**2 / 2) / (self.of + CONFIDENT**2)

    @property
    def _half(self) -> float:
        share = self.hits / self.of
        inside = share * (1 - share) / self.of + CONFIDENT**2 / (4 * self.of**2)
        return CONFIDENT * math.sqrt(inside) / (1 + CONFIDENT**2 / self.of)


@dataclass(frozen=True)
class Ratio:
    """How much more often the first of two shares is, with Walter's 95 % interval (Biometrika 62, 1975)."""

    value: float
    low: float
    high: float


def ratio(tampered: Share, innocent: Share) -> Ratio:
    """Return the ratio of two shares, each moved by half a case so that none is nothing."""
    half = 0.5
    first, second = (tampered.hits + half) / (tampered.of + half), (innocent.hits + half) / (innocent.of + half)
    spread = math.sqrt(
        1 / (tampered.hits + half) - 1 / (tampered.of + half) + 1 / (innocent.hits + half) - 1 / (innocent.of + half)
    )
    value = first / second
    return Ratio(value, value * math.exp(-CONFIDENT * spread), value * math.exp(CONFIDENT * spread))


def main() -> int:
    """Measure, write, and return 1 where a pair that judges got a finding at high, or over 2 % one at medium."""
    corpora = os.environ.get("UNRIG_CORPORA", "")
    if not corpora:
        print("UNRIG_CORPORA is not set: name the folder with release_pairs.tsv", file=sys.stderr)
        return 2
    listed = [pair for pair in read_pairs(Path(corpora) / "release_pairs.tsv") if pair.size < SMALL]
    pairs = sorted(listed, key=lambda pair: pair.size)
    seen = [found for pair in pairs if (found := _look(pair))]
    write(seen, len(pairs))
    judged = [one for one in seen if one.pair.judges]
    alarms, reviews = [one for one in judged if one.high], [one for one in judged if one.medium]
    print(f"{len(judged)} pairs judge: {len(alarms)} with a finding at high, {len(reviews)} with one at medium")
    return 1 if alarms or len(reviews) > 0.02 * len(judged) else 0


def write(seen: Sequence[Seen], listed: int) -> None:
    """Write the table, the page, and the `Measured:` line of every rule that has a row."""
    TABLE.write_text(_table(seen))
    PAGE.write_text(_page(seen, listed))
    for rule in RULES:
        if rule.measures:
            path = DETECT / f"{rule.id.replace('-', '_')}.py"
            line = rf"Measured:  {_measured(rule, [one for one in seen if one.pair.judges])}"
            path.write_text(re.sub(r"^Measured:.*(?:\n {4,}.*)*", line, path.read_text(), count=1, flags=re.MULTILINE))


def _measured(rule: Rule, judged: Sequence[Seen]) -> str:
    loud = sum(any(said.startswith(f"{rule.id}: ") for said in (*one.medium, *one.high)) for one in judged)
    quiet = sum(rule.measures in one.properties for one in judged) - loud
    return f"{len(judged)} judging release pairs: {loud} at medium or above, {quiet} below (`make base-rates`)."


def _look(pair: Pair) -> Seen | None:
    """Vet one pair; None where its index no longer has it."""
    try:
        result = api.vet(get(pair, pair.new), baselines=[get(pair, pair.old)], jobs=1)
    except UsageError as error:
        print(f"  {pair.package} {pair.new}: not measured: {str(error).splitlines()[0]}", flush=True)
        return None
    print(f"  {pair.package} {pair.old} -> {pair.new}: {result.verdict}", flush=True)
    return Seen(
        pair=pair,
        properties=frozenset(_properties(result)),
        programs=any(
            change.kind is ChangeKind.CHANGED and change.after is not None and change.after.format == "pe"
            for change in result.changes
        ),
        medium=[f"{f.rule}: {f.summary}" for f in result.findings if f.severity is Severity.MEDIUM],
        high=[f"{f.rule}: {f.summary}" for f in result.findings if f.severity in LOUD],
    )


def _properties(result: VetResult) -> Iterable[str]:
    """Yield what the pair shows: properties with their direction, and the rules that found something."""
    for change in result.changes:
        yield f"file.{change.kind}" if change.family == "file" else change.property
        if change.come and change.family != "file":
            yield f"{change.property}:new"
        if change.gone and change.family != "file":
            yield f"{change.property}:gone"
    measured = {rule.id: rule.measures for rule in RULES if rule.measures}
    yield from (measured[finding.rule] for finding in result.findings if finding.rule in measured)


def _shares(seen: Sequence[Seen], name: str, *, judging: bool) -> Share:
    family = name.partition(".")[0]
    able = [one for one in seen if one.pair.judges is judging and (family not in PROGRAMS or one.programs)]
    return Share(hits=sum(name in one.properties for one in able), of=len(able))


def _names(seen: Sequence[Seen]) -> list[str]:
    shown = Counter(name for one in seen for name in one.properties)
    return sorted({*shown, *(rule.measures for rule in RULES if rule.measures)})


def _table(seen: Sequence[Seen]) -> str:
    lines = ["# Written by `make base-rates` (benchmarks/base_rates_table.py); see docs/explanation/base-rates.md."]
    corpus = f"{sum(one.pair.judges for one in seen)} consecutive releases on PyPI and npm"
    for name in _names(seen):
        judge, sets = _shares(seen, name, judging=True), _shares(seen, name, judging=False)
        if judge.of and sets.of:
            lines += [
                "",
                "[[rows]]",
                f'property = "{name}"',
                f"hits = {judge.hits}",
                f"of = {judge.of}",
                f"low = {judge.low:.4f}",
                f"high = {judge.high:.4f}",
                f'corpus = "{corpus}"',
                *_weight(tampered_rates().get(name), sets),
            ]
    return "\n".join(lines) + "\n"


def _weight(tampered: TamperedRow | None, sets: Share) -> list[str]:
    """Return the rows of a property's likelihood ratio, none where nobody counted it among tampered releases."""
    if tampered is None:
        return []
    found = ratio(Share(len(tampered.hits), len(tampered.of)), sets)
    return [
        f'group = "{tampered.group}"',
        f"weight = {found.value:.1f}",
        f"weight_low = {found.low:.2f}",
        f"weight_high = {found.high:.0f}",
        f"tampered_hits = {len(tampered.hits)}",
        f"tampered_of = {len(tampered.of)}",
    ]


def _weights(seen: Sequence[Seen]) -> list[str]:
    """Return the page's table of weights, with what the half that judges would have made of them."""
    lines = [
        "| rule | tampered releases | innocent pairs that set | weight | 95 % interval | by the pairs that judge | at most |",
        "|---|--:|--:|--:|---|--:|---|",
    ]
    for name, row in tampered_rates().items():
        tampered, sets = Share(len(row.hits), len(row.of)), _shares(seen, name, judging=False)
        found, held = ratio(tampered, sets), ratio(tampered, _shares(seen, name, judging=True))
        bounds = f"{found.low:.1f} to {found.high:,.0f}"
        loud = loudest(msgspec.structs.replace(_ROW, weight=found.value))
        cells = (
            name.removeprefix("rule."),
            f"{tampered.hits} of {tampered.of}",
            f"{sets.hits} of {sets.of}",
            f"{found.value:.1f}",
            bounds,
            f"{held.value:.1f}",
            loud,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return lines


_ROW = BaseRateRow(property="", hits=0, of=1, low=0.0, high=1.0, corpus="")


def _page(seen: Sequence[Seen], listed: int) -> str:
    """Return the page of results of the half that judges."""
    judged = [one for one in seen if one.pair.judges]
    alarms = [f"- {one.pair.package} {one.pair.new}: {text}" for one in judged for text in one.high]
    reviews = [f"- {one.pair.package} {one.pair.new}: {text}" for one in judged for text in one.medium]
    count = sum(bool(one.medium) for one in judged)
    lines = [
        "# How often innocent releases change",
        "",
        "<!-- Written by `make base-rates`. -->",
        "",
        f"{len(seen)} of {listed} listed pairs under 60 MB of consecutive releases could be had. {len(judged)} of them judge: those",
        "whose package name's SHA-256 starts with 8 to f. The others set thresholds and weights and appear nowhere here.",
        "",
        f"Findings at high or above: {len(alarms)}. Pairs with a finding at medium: {count} of {len(judged)}.",
        "",
        "## What drift weighs",
        "",
        *_weights(seen),
        "",
        *WEIGHED,
        "",
        "## How often what differs",
        "",
        "| property | pairs | share | 95 % interval |",
        "|---|--:|--:|---|",
    ]
    for name in (name for name in _names(seen) if ":" not in name):
        share, sets = _shares(seen, name, judging=True), _shares(seen, name, judging=False)
        if share.of and sets.of:
            bounds = f"{share.low:.1%} to {share.high:.1%}"
            cells = (name, f"{share.hits} of {share.of}", f"{share.hits / share.of:.1%}", bounds)
            lines.append(f"| {' | '.join(cells)} |")
    lines += [
        "",
        "A property counts once a pair, however many files show it; the table in `data` also has each direction. Of",
        "properties of programs, pairs count in which some program differs. `rule.` rows count pairs with a finding of",
        "that rule at any severity.",
        "",
        "## At high",
        "",
        *(alarms or ["None."]),
        "",
        "## At medium",
        "",
        *(reviews or ["None."]),
        "",
        *EXPLAINED,
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
