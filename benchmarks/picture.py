"""`make picture`: docs/verdict.svg, the verdict on the rigged release as a terminal shows it. Needs the wheel."""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

from benchmarks.wheel import genuine_wheel
from unrig import api
from unrig.drill.build.demo_wheel import rig_wheel
from unrig.report import text_vet

PICTURE = Path(__file__).parents[1] / "docs" / "verdict.svg"
WIDTH = 118
FONT_START, FONT_END = "@font-face", ".{unique_id}-matrix"


def main() -> int:
    """Vet the rigged copy and draw what is printed; 1 where there is no network."""
    wheel = genuine_wheel()
    if wheel is None:
        return 1
    with tempfile.TemporaryDirectory(prefix="unrig-picture-") as scratch:
        rigged = Path(scratch) / wheel.name
        rig_wheel(wheel, rigged)
        result = api.vet(rigged)
    console = Console(record=True, width=WIDTH, highlight=False, markup=False, force_terminal=True, file=io.StringIO())
    text_vet.show(console, result, quiet=False, verbose=False)
    PICTURE.write_text(console.export_svg(title=f"unrig vet {rigged.name}", code_format=_without_fonts()))
    print(f"wrote {PICTURE.name}")
    return 0


def _without_fonts() -> str:
    """Return rich's template without the fonts that it would fetch from elsewhere."""
    head, rest = CONSOLE_SVG_FORMAT.split(FONT_START, 1)
    return head + FONT_END + rest.split(FONT_END, 1)[1]


if __name__ == "__main__":
    sys.exit(main())
