"""Speed, base rates, the demo: everything a published figure comes from."""
