"""`make bench`: how fast, and with how much memory. Printed, never asserted in a test."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from pathlib import Path

from benchmarks.functions import functions_of
from benchmarks.installer import CHANGED, FILES, SIZE, installers
from benchmarks.processes import Used, run
from benchmarks.wheel import genuine_wheel

UNRIG = str(Path(sys.executable).with_name("unrig"))
AIMS = {"help": 0.2, "cold": 3.0, "warm": 0.8, "memory": 400.0, "msi_cold": 8.0, "msi_warm": 2.0, "functions": 1.0}
"""Seconds, seconds, seconds, MB, on 2 cores."""
TIMES = 5


def main() -> None:
    """Print each figure with its aim and the command that makes it."""
    _line("unrig --help", _median([UNRIG, "--help"], {}), AIMS["help"])
    with tempfile.TemporaryDirectory(prefix="unrig-bench-") as scratch:
        _vet_installer(Path(scratch))
    wheel = genuine_wheel()
    if wheel is None:
        print("without the wheel there is nothing more to measure")
        return
    with tempfile.TemporaryDirectory(prefix="unrig-bench-") as scratch:
        _vet(wheel, Path(scratch))
    _functions(wheel)


def _functions(wheel: Path) -> None:
    """Compare the functions of one library with those of its baseline, in CPU seconds of one core."""
    used = functions_of(wheel)
    aim = AIMS["functions"]
    print(f"  functions of {used.name}, {used.size / 1e6:.1f} MB with {used.code / 1e6:.1f} MB of code ({used.said}):")
    print(
        f"  {'  against a known baseline':<36} {used.seconds:7.2f} s    aim <= {aim} s, CPU{_missed(used.seconds, aim)}"
    )


def _vet_installer(scratch: Path) -> None:
    """Vet an MSI of 1,500 files against the release before it: nothing cached, the baseline cached, all cached."""
    release, baseline = installers(scratch)
    command = [UNRIG, "vet", str(release), "--baseline", str(baseline), "--format", "json"]
    both = run(command, {"XDG_CACHE_HOME": str(scratch / "both")})
    kept = {"XDG_CACHE_HOME": str(scratch / "kept")}
    run([UNRIG, "vet", str(baseline), "--format", "json"], kept)
    cold = run(command, kept)
    warm = _median(command, kept)
    print(f"  MSI of {FILES:,} files and {FILES * SIZE / 1e6:,.0f} MB, {CHANGED} of them changed:")
    _line("  release cold, baseline known", cold, AIMS["msi_cold"])
    _line("  both cold", both, AIMS["msi_cold"])
    _line("  both warm", warm, AIMS["msi_warm"])
    peak = max(both.peak_mb, cold.peak_mb, warm.peak_mb)
    print(
        f"  {'  peak memory (RssAnon of the tree)':<36} {peak:7.0f} MB   aim <= {AIMS['memory']:.0f} MB{_missed(peak, AIMS['memory'])}"
    )


def _vet(wheel: Path, scratch: Path) -> None:
    command = [UNRIG, "vet", str(wheel), "--format", "json"]
    colds = [run(command, {"XDG_CACHE_HOME": str(scratch / f"cold{number}")}) for number in range(3)]
    cold = sorted(colds, key=lambda used: used.seconds)[1]
    warm = _median(command, {"XDG_CACHE_HOME": str(scratch / "cold0")})
    _line("unrig vet, cold", cold, AIMS["cold"])
    _line("unrig vet, warm", warm, AIMS["warm"])
    peak = max(used.peak_mb for used in colds)
    print(
        f"  {'peak memory (RssAnon of the tree)':<36} {peak:7.0f} MB   aim <= {AIMS['memory']:.0f} MB{_missed(peak, AIMS['memory'])}"
    )
    files, size, floor = _floor(wheel, scratch / "unpacked")
    print(
        f"  {files:,} files, {size / 1e6:,.1f} MB: {files / cold.seconds:,.0f} files/s, {size / cold.seconds / 1e6:,.0f} MB/s cold"
    )
    print(
        f"  sha256sum over the same unpacked bytes: {floor.seconds:.2f} s; cold vet is {cold.seconds / floor.seconds:.1f} times that"
    )


def _floor(wheel: Path, folder: Path) -> tuple[int, int, Used]:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    files = [str(path) for path in folder.rglob("*") if path.is_file()]
    return len(files), sum(Path(path).stat().st_size for path in files), run(["sha256sum", *files])


def _median(command: list[str], environment: dict[str, str]) -> Used:
    runs = sorted((run(command, environment) for _ in range(TIMES)), key=lambda used: used.seconds)
    return runs[len(runs) // 2]


def _line(name: str, used: Used, aim: float) -> None:
    print(f"  {name:<36} {used.seconds:7.2f} s    aim <= {aim} s, CPU {used.cpu:.2f} s{_missed(used.seconds, aim)}")


def _missed(value: float, aim: float) -> str:
    return "  <- missed" if value > aim else ""


if __name__ == "__main__":
    main()
