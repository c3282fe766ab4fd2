"""One independent checker a file."""
