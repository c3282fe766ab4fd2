"""One kind of pack a file: rules and names that come from elsewhere.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.model.pack import PackKind
from unrig.packs.hashes import PACK_KIND as HASHES
from unrig.packs.hijacklibs import PACK_KIND as HIJACKLIBS
from unrig.packs.indicators import PACK_KIND as INDICATORS
from unrig.packs.yara import PACK_KIND as YARA

PACK_KINDS: tuple[PackKind, ...] = tuple(unit for unit in tuple(globals().values()) if isinstance(unit, PackKind))
