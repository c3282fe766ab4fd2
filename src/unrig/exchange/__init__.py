"""One interchange standard a file, reading and writing."""
