"""Who may sign in and what they owe: accounts and their epoch, the password policy, provisional passwords, freeze
codes, agents, the terms, pending obligations, and the throttle.

It owns no page and no protocol: ``signin`` judges with it, ``post`` makes provisional passwords and codes with it.
"""
