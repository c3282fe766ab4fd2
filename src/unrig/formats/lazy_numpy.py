"""numpy, loaded when it is first used.

The process that asks a warm cache measures nothing, and does without the tenth of a second that numpy takes to load.
Sealed workers cannot load anything: their fork server loads it (`unrig.vet.warm`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
else:
    import importlib

    class _Numpy:
        """Stands for the module; an attribute is looked up once, where it is first used."""

        def __getattr__(self, name: str) -> object:
            found = getattr(importlib.import_module("numpy"), name)
            setattr(self, name, found)
            return found

    np = _Numpy()

__all__ = ["np"]
