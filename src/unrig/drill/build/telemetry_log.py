"""One log file while it is filled: lines in the order of time, and which of them tell what."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from unrig.drill.build.telemetry_flows import Stage
from unrig.drill.build.truth import Line


class Told(Struct, frozen=True, kw_only=True):
    """A line that shows a stage on a device."""

    seat: int
    stage: Stage
    plain: bool
    """It shows it by itself; others only fit in with what shows it."""
    line: Line


class Log:
    """Lines with their times, sorted when they are written; equal times keep the order in which they came."""

    def __init__(self, path: str, header: str = "") -> None:
        self.path = path
        self.header = header
        self.lines: list[tuple[int, int, str, int, Stage, bool]] = []

    def add(self, at: int, line: str, seat: int, stage: Stage = Stage.NOTHING, *, plain: bool = True) -> None:
        """Append one line, without its end, that happened at a millisecond of the day."""
        self.lines.append((at, len(self.lines), line, seat, stage, plain))

    def written(self) -> tuple[bytes, Sequence[Told]]:
        """Return the file, and every line that shows something by its number, from 1."""
        self.lines.sort()
        before = self.header.count("\n")
        name = self.path
        told = [
            Told(seat=seat, stage=stage, plain=plain, line=Line(file=name, record=before + number))
            for number, (_, _, _, seat, stage, plain) in enumerate(self.lines, 1)
            if stage
        ]
        text = self.header + "".join(f"{line}\n" for _, _, line, _, _, _ in self.lines)
        return text.encode(), told
