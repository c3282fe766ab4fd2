"""One byte grammar a file: bytes in, structure out, no opinion."""
