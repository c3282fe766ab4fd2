"""What a person sees when unrig itself is wrong: one line, and a report file to send."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType

from unrig import __version__


def report_defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write a report file, name it, and end with exit code 4 (contract: never a bare traceback)."""
    head = f"unrig {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}\n"
    text = head + "".join(traceback.format_exception(kind, error, trace))
    descriptor, name = tempfile.mkstemp(prefix="unrig-defect-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    message = f"unrig: this is a defect in unrig, not in your input: {kind.__name__}: {error}\n"
    sys.stderr.write(f"{message}unrig: the report is in {Path(name)}; it names files, so read it before you send it.\n")
    sys.stdout.flush()
    os._exit(4)
