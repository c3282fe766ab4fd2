"""The nouns, decided once: frozen values, no I/O."""
