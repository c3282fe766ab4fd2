"""Sigma rules over event tables."""
