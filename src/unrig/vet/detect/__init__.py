"""One rule a file; rules never parse."""
