"""One program asks for several different traits of the machine within a minute.

Sees:      command lines and scripts that ask for at least three of: system version, hardware and machine ids, users,
           domain, network, security products, running programs; by one program (or in one script) on one device within
           60 seconds. Sub-scores: `traits` (different ones), `days` (on which that program did so on any device).
Matters:   a stealer first tells its sender whom it has caught.
Blind to:  questions asked through the system's own calls, which leave no command line.
False positives:  inventory, support and set-up scripts: low once they did it on three days, else medium.
Measured:  on 560 made-up devices on which nothing happened (drill smoothoperator, seeds 6000-6004, 60 days): 26
           low, on 13 of them; on 10,011 events of attack samples: no sighting (python -m benchmarks.analytics).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from unrig.hunt.kinds import Analytic, Needs, Tables
from unrig.hunt.routine import ROUTINE_DAYS, bursts, with_days
from unrig.hunt.rows import level, rows_of
from unrig.model.levels import Severity

if TYPE_CHECKING:
    import ibis.expr.types as ir

NEEDS: Needs = (
    {"process": frozenset({"device", "image", "command_line"})},
    {"script": frozenset({"device", "text"})},
)
LEAST_TRAITS = 3
SECONDS = 60
TRAITS = {
    "version": r"systeminfo|sw_vers|uname|win32_operatingsystem|get-computerinfo|environment\]::osversion|\\currentversion",
    "machine": r"win32_(computersystem|bios|baseboard)|csproduct|serialnumber|machineguid|ioplatformuuid|dmidecode",
    "users": r"whoami|quser|qwinsta|win32_useraccount|net1?(\.exe)? +user|get-localuser|environment\]::username",
    "domain": r"nltest|userdnsdomain|win32_ntdomain|net1?(\.exe)? +group|get-addomain|dsquery",
    "network": r"ipconfig|ifconfig|getmac|win32_networkadapter|get-netipconfiguration|route(\.exe)? +print|arp +-a",
    "protection": r"antivirusproduct|securitycenter2|get-mpcomputerstatus|get-mppreference",
    "programs": r"tasklist|win32_process|get-process|win32_product|wmic.+ product",
}


def rows(tables: Tables, _leads: tuple[()] = ()) -> ir.Table:
    """Return the questions that are part of a survey."""
    import ibis  # noqa: PLC0415  (the core does without the telemetry engine)

    process, script = tables["process"], tables["script"]
    place = ("device", "user", "time", "source", "record", "offset")
    said = ibis.union(
        process.filter(process.action == "start").select(
            *place, text=process.command_line.lower(), actor=ibis.coalesce(process.parent_image, process.image)
        ),
        script.select(*place, text=script.text.lower(), actor=ibis.coalesce(script.path, script.image, "script")),
    )
    said = said.filter(said.text.notnull(), said.device.notnull(), said.text.re_search("|".join(TRAITS.values())))
    asked = ibis.union(
        *(
            said.filter(said.text.re_search(pattern)).mutate(trait=ibis.literal(name))
            for name, pattern in TRAITS.items()
        )
    ).drop("text")
    found = bursts(asked, by=("device", "actor"), what="trait", seconds=SECONDS, least=LEAST_TRAITS)
    found = with_days(found, "actor")
    return rows_of(
        found,
        of=ANALYTIC.id,
        process=found.actor,
        detail=found.trait,
        stage=ANALYTIC.stage,
        severity=level(found.days >= ROUTINE_DAYS, Severity.LOW, Severity.MEDIUM),
        scores={"traits": found.different, "days": found.days},
    )


ANALYTIC = Analytic(
    id="system-survey",
    title="A program asks for many traits of the machine at once",
    severity=Severity.MEDIUM,
    stage="discovery",
    techniques=("T1082", "T1518.001"),
    needs=NEEDS,
    rows=rows,
    benign="a support script that collects the same every day",
)
