"""Foreign clients, as their makers published them, against the running provider."""
