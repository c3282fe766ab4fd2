"""One reader of telemetry a file: Arrow batches or problems."""
