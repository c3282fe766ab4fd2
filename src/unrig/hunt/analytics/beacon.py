"""A program or device contacts a host at regular intervals.

Sees:      at least six contacts (connections, requests, handshakes or queries) of one device and program with one host
           whose score is 0.7 or more. The score is RITA's: the mean of the sub-scores `intervals`, `sizes` (left out
           where no bytes are logged), `histogram` and `duration`. Others: `prevalence` (share of the devices with
           contacts that contact the host), `new` (1 where the first contact comes at least seven days after the first
           of any on the device), `median_seconds` (between contacts), `jitter` (MAD over median), `contacts`. Where a network sensor
           names no program, the one program of that device that an endpoint's log says contacts the host is named.
Matters:   what is hidden must ask what to do; machines do so by the clock.
Blind to:  fewer than six contacts, or in fewer than six of 24 parts of their time; at least one contact a second
           (strobes); jitter far above half the interval; channels held open (long-connection).
False positives:  updaters, time sync, telemetry, chat: so low, and medium only where rare or new; never alone enough.
Measured:  RITA's own examples within 0.05 (tests/hunt/test_regularity.py); on 560 made-up devices on which nothing
           happened (drill smoothoperator, seeds 6000-6004, 60 days): 55 medium, 15,361 low, on 557 of them; on
           10,011 events of attack samples: no sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.beacon_pairs import BEACON_CLASSES, KEYS, attributed, contacts_of_pairs, in_windows, pairs_of
from unrig.hunt.histogram import shapes
from unrig.hunt.kinds import Analytic, Needs, Stage, Tables
from unrig.hunt.regularity import regularity
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = tuple({name: frozenset({"device", column})} for name, column in BEACON_CLASSES.items())
LEAST_SCORE = 0.7
"""RITA's threshold for medium (its configuration, beacon score)."""
LEAST_CONTACTS = 6
"""Below six bars the duration counts nothing and the histogram next to nothing, so that 0.7 is out of reach."""
LEAST_SHAPE = 4 * LEAST_SCORE - 2
"""What histogram and duration must add up to, were intervals and sizes perfect: the cheap half is asked first."""
RARE = 0.02
"""RITA's prevalence at which a score is raised."""
HISTORY_DAYS = 7
PAIRS, TIMES, SCORES = "beacon_pairs", "beacon_times", "beacon_scores"


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the contacts of the pairs that keep time."""
    pairs = tables[PAIRS]
    telling = tables[SCORES].inner_join(attributed(tables, pairs), "pair")
    telling = telling.drop("host").inner_join(pairs.select("pair", *KEYS), "pair")
    found = contacts_of_pairs(tables).inner_join(telling, list(KEYS))
    rare, new = found.prevalence <= RARE, found.new >= HISTORY_DAYS
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.program,
        detail=found.host,
        stage=ANALYTIC.stage,
        severity=level(rare | new, Severity.MEDIUM, Severity.LOW),
        scores={
            "score": found.score,
            "intervals": found.intervals,
            "sizes": found.sizes,
            "histogram": found.histogram,
            "duration": found.duration,
            "prevalence": found.prevalence,
            "new": new,
            "median_seconds": found.median_seconds,
            "jitter": found.jitter,
            "contacts": found.contacts,
        },
    )


def _pairs(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    return pairs_of(contacts_of_pairs(tables), LEAST_CONTACTS)


def _times(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    return in_windows(contacts_of_pairs(tables), tables[PAIRS])


def _scores(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the pairs that reach the score, with their sub-scores; the cheap half is asked first."""
    times, pairs = tables[TIMES], tables[PAIRS]
    every = shapes(times, pairs.select("pair", span=(pairs.end - pairs.start).cast("float64")))
    hopeful = every.filter(every.histogram + every.duration >= LEAST_SHAPE)
    return _scored(hopeful, times.semi_join(hopeful, "pair"))


def _scored(shaped: ir.Table, likely: ir.Table) -> ir.Table:
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    timed = likely.select("pair", "second").distinct()
    order = ibis.window(group_by=timed.pair, order_by=timed.second)
    gaps = timed.mutate(value=(timed.second - timed.second.lag().over(order)).cast("float64"))
    gaps = gaps.filter(gaps.value.notnull()).select("pair", "value")
    sized = likely.filter(likely.size.notnull()).select("pair", value=likely.size.cast("float64"))
    intervals, sizes = regularity(gaps, 1.0), regularity(sized, 0.0)
    both = shaped.inner_join(
        intervals.select(
            "pair",
            intervals=intervals.regularity,
            median_seconds=intervals["median"],
            jitter=intervals.mad / ibis.greatest(intervals["median"], 1.0),
        ),
        "pair",
    )
    both = both.left_join(sizes.select("pair", sizes=sizes.regularity), "pair")
    three = both.intervals + both.histogram + both.duration
    score = ibis.ifelse(both.sizes.isnull(), three / 3, (three + both.sizes.fill_null(0.0)) / 4)
    return (
        both.mutate(score=score)
        .filter(score >= LEAST_SCORE)
        .select("pair", "score", "intervals", "sizes", "histogram", "duration", "median_seconds", "jitter")
    )


def power(days: float) -> str:
    """Return what would have shown in so many days of telemetry."""
    hours = days * 24 / LEAST_CONTACTS
    return f"a beacon every {hours:.0f} h or less would have shown" if hours >= 1 else ""


ANALYTIC = Analytic(
    id="beacon",
    title="Contacts with a host at regular intervals",
    severity=Severity.MEDIUM,
    stage="command-and-control",
    techniques=("T1071.001", "T1029"),
    needs=NEEDS,
    stages=(
        Stage(name=PAIRS, rows=_pairs),
        Stage(name=TIMES, rows=_times),
        Stage(name=SCORES, rows=_scores, part_of=TIMES, part_by="pair"),
    ),
    rows=rows,
    power=power,
    benign="an updater that looks for news every hour",
)
