"""What needs two verbs."""
