"""Laws over random walks: a small model walks beside the provider, and they never disagree."""
