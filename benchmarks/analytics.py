"""What every analytic says where nothing happened, and of attack samples; `--write` puts it into their `Measured:` lines.

    python -m benchmarks.analytics --seeds 6000-6004 --samples evtx-to-mitre --write

The devices where nothing happened are those of the drill `smoothoperator` that never took the rigged release: 60 days of
made-up background each, with whatever sources they lack. That is no real network: it says that a threshold is not
absurd, and no more. The samples are EVTX files of single techniques, most of them minutes long, so that an analytic that
needs days of history or a manifest stays silent there.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct, field

from unrig import api
from unrig.drill import examine, session
from unrig.drill.build.truth import HuntTruth
from unrig.drill.mark import Mark
from unrig.drill.score import total
from unrig.drill.score_hunt import hunt_marks
from unrig.hunt import analytics
from unrig.hunt.analytics import ANALYTICS
from unrig.model.levels import Severity
from unrig.model.results import HuntResult
from unrig.model.telemetry import Sighting

DRILL = "smoothoperator"
DEVICES = 200
COMMAND = "python -m benchmarks.analytics"
NOTHING = f"not measured: no device of the drill or the samples logs what it needs ({COMMAND})."
SHOWN = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
_MEASURED = re.compile(r"^Measured: .*?(?=^\"\"\")", re.MULTILINE | re.DOTALL)
_OWN = re.compile(r"on [\d,]+ made-up devices |on [\d,]+ events of attack samples|not measured: no device")
"""How a sentence of this module begins."""
_WIDTH = 116


class Said(Struct):
    """What an analytic said of some devices."""

    sightings: Counter[Severity] = field(default_factory=Counter)
    devices: set[str] = field(default_factory=set)


class Measured(Struct):
    """All that was measured."""

    seeds: list[int] = field(default_factory=list)
    quiet: int = 0
    """Devices on which nothing happened."""
    said: dict[str, Said] = field(default_factory=dict)
    marks: list[tuple[Mark, ...]] = field(default_factory=list)
    events: int = 0
    """Of the samples; 0 where there were none."""
    of_samples: dict[str, Said] = field(default_factory=dict)
    unasked: list[set[str]] = field(default_factory=list)
    """Of each drill, the analytics for which no device had what they need."""
    unasked_of_samples: set[str] = field(default_factory=set)


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and write where that is wanted; return 0."""
    given = _arguments(arguments)
    measured = Measured()
    for seed in session.seeds(given.seeds):
        _drill(measured, seed)
        print(f"seed {seed}: done", file=sys.stderr)
    if given.samples:
        _samples(measured, given.samples)
    for mark in total(measured.marks):
        print(f"{mark.question}: {mark.found} of {mark.of}, {mark.false} false")
        print("".join(f"    {note}\n" for note in mark.notes[:20]), end="")
    for analytic in ANALYTICS:
        line = sentence(measured, analytic.id)
        print(f"{analytic.id}: {line}")
        if given.write:
            _write(analytic.id, line)
    return 0


def sentence(measured: Measured, of: str) -> str:
    """Return what an analytic's page says was measured."""
    seeds = f"{measured.seeds[0]}-{measured.seeds[-1]}" if len(measured.seeds) > 1 else f"{measured.seeds[0]}"
    parts = []
    if not all(of in unasked for unasked in measured.unasked):
        parts.append(
            f"on {measured.quiet} made-up devices on which nothing happened (drill {DRILL}, seeds {seeds}, 60 days): "
            + _counts(measured.said.get(of, Said()))
        )
    if measured.events and of not in measured.unasked_of_samples:
        counts = _counts(measured.of_samples.get(of, Said()))
        parts.append(f"on {measured.events:,} events of attack samples: {counts}")
    return "; ".join(parts) + f" ({COMMAND})." if parts else NOTHING


def with_sentence(source: str, sentence_: str) -> str:
    """Return the source of a unit with another `Measured:` part; what stands there of anything else is kept."""
    found = _MEASURED.search(source)
    before = _OWN.split(found[0].removeprefix("Measured:").strip())[0] if found else ""
    kept = before.strip().rstrip(".;") + "; " if before.strip() not in ("", "not yet.") else ""
    words, lines = (kept + sentence_).split(), ["Measured: "]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _WIDTH:
            lines.append(" " * 10)
        lines[-1] += f" {word}"
    return _MEASURED.sub(lambda _: "\n".join(lines) + "\n", source, count=1)


def _counts(said: Said) -> str:
    told = [f"{said.sightings[severity]:,} {severity.value}" for severity in SHOWN if said.sightings[severity]]
    return f"{', '.join(told)}, on {len(said.devices)} of them" if told else "no sighting"


def _drill(measured: Measured, seed: int) -> None:
    with TemporaryDirectory(prefix="unrig-analytics-") as scratch:
        folder = Path(scratch) / DRILL
        truth = examine.build(DRILL, seed, folder, devices=DEVICES)
        if truth.hunt is None:
            raise SystemExit(f"{DRILL} has no telemetry")
        paths = {each.role: folder / each.path for each in truth.releases}
        vet = api.vet(paths["rigged"], baselines=[paths["baseline"]], policy=folder / truth.policy)
        roster = [device.id for device in truth.hunt.devices]
        hunt = api.hunt([folder / truth.hunt.telemetry], leads=vet.leads, known_devices=roster)
    measured.seeds.append(seed)
    measured.unasked.append({each.rule for each in hunt.not_evaluated})
    measured.marks.append(hunt_marks(truth.hunt, hunt, None))
    names = dict(_quiet(truth.hunt))
    measured.quiet += len(set(names.values()))
    _count(measured.said, hunt.sightings, {name: f"{seed} {device}" for name, device in names.items()})


def _quiet(truth: HuntTruth) -> Iterator[tuple[str, str]]:
    """Yield every name of each device on which nothing happened, and its id."""
    happened = {stage.device for stage in truth.stages}
    for device in truth.devices:
        if device.id not in happened:
            yield from ((name, device.id) for name in (device.id, *device.addresses))


def _samples(measured: Measured, folder: Path) -> None:
    hunt: HuntResult = api.hunt([folder])
    measured.unasked_of_samples = {each.rule for each in hunt.not_evaluated}
    measured.events = sum(source.rows for source in hunt.sources)
    _count(measured.of_samples, hunt.sightings, {each.device: each.device for each in hunt.sightings})


def _count(said: dict[str, Said], sightings: Iterable[Sighting], names: Mapping[str, str]) -> None:
    for each in sightings:
        if each.device in names:
            one = said.setdefault(each.of, Said())
            one.sightings[each.severity] += 1
            one.devices.add(names[each.device])


def _write(of: str, line: str) -> None:
    path = Path(str(analytics.__file__)).parent / f"{of.replace('-', '_')}.py"
    path.write_text(with_sentence(path.read_text(), line))


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="6000-6004")
    parser.add_argument("--samples", type=Path)
    parser.add_argument("--write", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
