"""One reader of inventories a file.

A new one is one line: its import.
"""

from __future__ import annotations

from unrig.scope.inventory.csv_inventory import READER as CSV_INVENTORY
from unrig.scope.reader import InventoryReader

READERS: tuple[InventoryReader, ...] = tuple(
    unit for unit in tuple(globals().values()) if isinstance(unit, InventoryReader)
)
