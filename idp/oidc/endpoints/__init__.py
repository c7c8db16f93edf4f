"""One protocol endpoint per file, each with its parameters on top."""
