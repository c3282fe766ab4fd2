"""The report of a case, served to a browser on this machine only."""
