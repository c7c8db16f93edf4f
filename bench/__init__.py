"""Figures for the note, taken by hand on a quiet machine: each script prints one small table.

    python -m bench.start     from `idp serve` to discovery, memory when idle, and the mail's delay
    python -m bench.tokens    requests per second and CPU per request, beside a page that does nothing

It owns nothing of the product and no limit is asserted here: a shared machine would make such a test lie.
"""
