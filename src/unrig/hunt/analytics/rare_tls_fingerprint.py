"""A TLS client fingerprint that almost no other device shows.

Sees:      JA3 fingerprints on at most 2 % of the devices with TLS logs (at least 50 of them), first seen seven days or more after the
           log begins. Sub-scores: `prevalence`, `new_days` (from the log's first day), `rare_server` (1 where no other
           device contacts the server).
Matters:   hidden code brings its own library along, and with it its own way of greeting.
Blind to:  code that uses the system's or the browser's library; fleets below 50 devices; sensors without JA3.
False positives:  one person's new program; a new version that starts on few devices: low, medium with a rare server.
Measured:  not measured: no device of the drill or the samples logs what it needs (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.habits import HISTORY_DAYS
from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.rarity import rare
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = ({"tls": frozenset({"device", "ja3"})},)


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the handshakes with a rare new fingerprint."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    made = tables["tls"]
    made = made.filter(made.device.notnull(), made.ja3.notnull())
    made = made.mutate(server=ibis.coalesce(made.server_name, made.destination_ip, ""))
    servers = made.group_by("server").agg(clients=made.device.nunique())
    found = rare(made, "ja3").inner_join(servers, "server")
    found = found.filter(found.new_days >= HISTORY_DAYS)
    alone = found.clients == 1
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.image,
        detail=found.ja3 + " to " + found.server,
        stage=ANALYTIC.stage,
        severity=level(alone, Severity.MEDIUM, Severity.LOW),
        scores={"prevalence": found.prevalence, "new_days": found.new_days, "rare_server": alone},
    )


ANALYTIC = Analytic(
    id="rare-tls-fingerprint",
    title="A TLS fingerprint that almost no other device shows",
    severity=Severity.MEDIUM,
    stage="command-and-control",
    techniques=("T1573", "T1071.001"),
    needs=NEEDS,
    history_days=HISTORY_DAYS,
    rows=rows,
    benign="a program that one person installed",
)
