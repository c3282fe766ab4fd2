"""The report, served on loopback."""
