"""`make demo`: a real signed release, rigged inertly as 3CX was; a whole rigged installer; the whole loop on a drill.

Everything is written to .demo in this folder. Nothing is executed, installed or contacted but the package index that
the one download comes from.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks.wheel import genuine_wheel
from unrig import api
from unrig.drill import examine
from unrig.drill.build.demo_wheel import CARRIER, PAYLOAD_BYTES, rig_wheel
from unrig.drill.build.truth import TRUTH_FILE
from unrig.model.results import VetResult
from unrig.report.layout import STYLES

FOLDER = Path(".demo")
DRILL = "relay"
INSTALLER = "smoothoperator"
SEED = 7
UNRIG = str(Path(sys.executable).with_name("unrig"))


def main() -> int:
    """Run the demo and return 0 if it went as it should."""
    console = Console(highlight=False, soft_wrap=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    expected = [_wheel(console), _installer(console)]
    _drill(console)
    return 0 if all(expected) else 1


def _wheel(console: Console) -> bool:
    """Vet the real release and its rigged copy, each alone and beside the genuine one."""
    console.print(
        "\n[bold]1. A real signed release[/bold]: PyQt5_Qt5 5.15.2 for Windows, 159 programs and libraries, 154 signed"
    )
    genuine = genuine_wheel()
    if genuine is None:
        console.print("   There is no network, so the demo goes on with the drill's own release.")
        return True
    rigged = FOLDER / "rigged" / genuine.name
    rigged.parent.mkdir()
    rig_wheel(genuine, rigged)
    console.print(
        f"   A copy was rigged as 3CX's was: {PAYLOAD_BYTES:,} random bytes inside the signature table of Microsoft's own\n"
        f"   {CARRIER}. Every signature in it is still valid.\n"
    )
    runs = {
        "genuine, alone": api.vet(genuine),
        "rigged, alone": api.vet(rigged),
        "rigged, beside the genuine one": api.vet(rigged, baselines=[genuine]),
    }
    _show(console, runs)
    console.print(f"   See for yourself:  {_shown([UNRIG, 'vet', str(rigged)])}")
    return [result.verdict for result in runs.values()] == ["clean", "rigged", "rigged"]


def _show(console: Console, runs: dict[str, VetResult]) -> None:
    table = Table(show_lines=True)
    for column in ("release", "verdict", "because", "seconds"):
        table.add_column(column)
    for name, result in runs.items():
        because = Text("\n".join(result.because[:2]))
        verdict = Text(f" {result.verdict.upper()} ", style=STYLES[result.verdict])
        table.add_row(name, verdict, because, f"{result.stats.seconds:.1f}")
    console.print(table)


def _installer(console: Console) -> bool:
    """Vet the drill's rigged installer by itself, beside the release before, and two innocent ones in its place."""
    folder = FOLDER / INSTALLER
    truth = examine.build(INSTALLER, SEED, folder)
    paths = {each.role: folder / each.path for each in truth.releases}
    policy, before = folder / truth.policy, [paths["baseline"]]
    console.print(
        f"\n[bold]2. A rigged installer[/bold]: the drill {INSTALLER!r}, an MSI of an Electron product that does not exist.\n"
        "   Its codec library was built elsewhere and learned to read a file; a system library, signed by another\n"
        "   publisher, carries the payload in its signature. Beside it, two innocent releases in its place.\n"
    )
    runs = {
        "rigged, alone": api.vet(paths["rigged"], policy=policy),
        "rigged, beside the release before": api.vet(paths["rigged"], baselines=before, policy=policy),
        "codec update, beside the release before": api.vet(paths["codec_update"], baselines=before, policy=policy),
        "tagged for one customer, alone": api.vet(paths["branded"], policy=policy),
    }
    _show(console, runs)
    console.print(f"   See for yourself:  {_shown([UNRIG, 'vet', str(paths['rigged']), '--policy', str(policy)])}")
    console.print(f"   What is true of it stands in {folder / TRUTH_FILE}")
    right = [truth_of.verdicts for role in _INSTALLERS for truth_of in truth.releases if truth_of.role == role]
    return all(run.verdict in verdicts for run, verdicts in zip(runs.values(), right, strict=True))


_INSTALLERS = ("rigged", "rigged", "codec_update", "branded")


def _drill(console: Console) -> None:
    """Build the small drill and run the whole loop over it."""
    folder = FOLDER / DRILL
    console.print(
        f"\n[bold]3. The whole loop[/bold] on the drill {DRILL!r}: 20 devices, 14 days, an inventory of 2,000 rows\n"
    )
    subprocess.run(
        [UNRIG, "drill", "build", DRILL, "--seed", str(SEED), "--to", str(folder)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    releases = folder / "releases"
    command = [
        UNRIG,
        "investigate",
        *_only(releases, "rigged"),
        *("--baseline", *_only(releases, "baseline")),
        *("--telemetry", str(folder / "telemetry")),
        *("--inventory", str(folder / "inventory.csv")),
        *("--sbom", str(folder / "sboms")),
        *("--claims", str(folder / "claims.toml")),
        *("--fix", *_only(releases, "fixed")),
        *("--policy", str(folder / "unrig.toml")),
        *("--case", str(FOLDER / "case")),
    ]
    console.print(f"   {_shown(command)}", soft_wrap=True)
    _run(command)


def _only(folder: Path, word: str) -> list[str]:
    return [str(path) for path in sorted(folder.iterdir()) if word in path.name][:1]


def _run(command: Sequence[str]) -> None:
    sys.stdout.flush()
    subprocess.run(command, check=False)


def _shown(command: Sequence[str]) -> str:
    return " ".join([".venv/bin/unrig", *command[1:]])


if __name__ == "__main__":
    sys.exit(main())
