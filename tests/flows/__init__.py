"""Stories over HTTP: what a visitor sees, statement by statement (mission S1–S18), and what must not shake it."""
