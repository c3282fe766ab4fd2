"""Imported by the fork server where something is compared: the disassembler, which sealed workers cannot load."""

from __future__ import annotations

import numpy.ma as np_ma  # what numpy.unique and its like load on first use

from unrig.formats import lazy_capstone

__all__ = ["lazy_capstone", "np_ma"]

lazy_capstone.decoded(
    32, b"\xc3"
)  # import-time work on purpose: the server imports its modules before it seals workers
lazy_capstone.decoded(64, b"\xc3")
