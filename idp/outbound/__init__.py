"""The one guarded HTTP client: every request of ours to another machine goes through ``client.Outbound`` (law 10).

It owns the rules of where a request may go (``addresses``, ``target``), and the bounds of time and size. It knows
nothing of what is asked nor of whom: callers bring method, URL, headers and body, and read the answer themselves.

::

   read the URL ──► resolve ──► every address allowed? ──► connect to that very address ──► one bounded answer
                       └── once: a name that changes its mind afterwards (DNS rebinding) changes nothing
"""
