"""Which files Windows loads as images, by their names: Sigma's `image_load` speaks of nothing else."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final

PROGRAMS: Final = frozenset({".exe", ".scr", ".com"})
MODULES: Final = frozenset({".acm", ".ax", ".cpl", ".dll", ".drv", ".node", ".ocx", ".pyd", ".sys", ".xll"})

_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f\ufffd]')
"""Characters that no file name of Windows has (Naming Files, Paths, and Namespaces, Microsoft Learn)."""


def is_program(name: str) -> bool:
    """Return whether a file name is that of a program."""
    return PurePosixPath(name.lower()).suffix in PROGRAMS and not _FORBIDDEN.search(name)


def is_image(name: str) -> bool:
    """Return whether a file name is that of a program or a module."""
    return is_program(name) or (PurePosixPath(name.lower()).suffix in MODULES and not _FORBIDDEN.search(name))
