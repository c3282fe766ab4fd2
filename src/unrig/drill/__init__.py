"""Inert incident replays with ground truth."""
