"""One analytic a file: an Ibis expression whose sub-scores are columns."""
