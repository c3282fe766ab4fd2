"""One reader of inventories a file."""
