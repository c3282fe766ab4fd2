"""One reader of inventories a file."""

from unrig.scope.inventory.csv_inventory import READER as CSV_INVENTORY

READERS = (CSV_INVENTORY,)
