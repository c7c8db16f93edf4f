"""The fuzzers: whatever arrives on the wire, the provider decides and never breaks (law 10; issue 5).

    test_raw          bytes on a socket that are hardly HTTP           raw
    test_headers      good requests with headers of every sort         headers
    test_parameters   good requests with one thing spoiled             shapes, parameters
    test_described    what ``docs/openapi.yaml`` allows and forbids    described (schemathesis)
    test_server       what was found about the server before us, by name

To the right is where each grammar stands; ``values`` and ``jwts`` serve them all.
All of them talk to a running provider through ``wire`` and hold every answer against ``judge``. How many requests
they send is in ``tests/budget.toml``; every request that left a socket counts, and nothing else.
"""
