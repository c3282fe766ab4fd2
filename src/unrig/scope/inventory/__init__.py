"""One reader of inventories a file."""

from unrig.scope.inventory import csv_inventory
from unrig.scope.reader import InventoryReader

READERS: tuple[InventoryReader, ...] = (csv_inventory.READER,)
