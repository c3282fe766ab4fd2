"""Results to terminal, HTML and notebook."""
