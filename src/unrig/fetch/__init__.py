"""Package URLs and addresses to files; the only network client."""
