"""What happened, in what order, by whom? A pure function of the result files."""
