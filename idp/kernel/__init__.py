"""What every other package may stand on: clock, ids and secrets, base errors, signed tickets, audit events,
effects as plain values, the key ring, and the guard that keeps a connection out of *ask*.

It owns no feature and knows neither HTTP nor SQL.
"""
