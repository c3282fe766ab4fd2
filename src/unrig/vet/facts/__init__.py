"""One extractor of facts a file; facts never judge."""
