"""How each metric counts, by family: `open_…` reads the log once and returns a counter (see `counting`)."""
