"""The private space (S18): home with the latest payments and the services; behind the gate, like a portal.

It owns no sign-in and no protocol: it asks the same gate for a ``Cleared`` receipt.
"""
