"""Fact cache, baselines, case folder, event tables; all SQL text."""
