"""One incident a file."""
