"""One document a file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.respond.documents.customer_notice import EMITTER as CUSTOMER_NOTICE
from unrig.respond.documents.openvex import EMITTER as OPENVEX
from unrig.respond.documents.sigma_foreign_module import EMITTER as SIGMA_FOREIGN_MODULE
from unrig.respond.documents.sigma_rigged_module import EMITTER as SIGMA_RIGGED_MODULE
from unrig.respond.emitter import Emitter

EMITTERS: tuple[Emitter, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, Emitter))
