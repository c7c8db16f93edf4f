"""One grant of the token endpoint per file, each a subclass of Authlib's; no other folder subclasses it."""
