"""One container a file: bytes in, members out, within a budget."""
