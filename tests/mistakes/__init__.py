"""The mistakes of other providers (the fund's facts, section 3.2), each attacked here under its number.

What protects us from each, and where else it is proven: ``docs/mistakes.md``.
"""
