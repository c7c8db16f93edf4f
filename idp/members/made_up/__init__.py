"""Made-up members, as many as asked, for tests of load and of properties; nobody of them exists.

A member is drawn from a seed alone (``people``): a number of real structure (``numbers``), names and an address from
small lists of ours (``words``), the amounts the fund paid or was paid (``amounts``). ``files`` writes them one by one,
as the three files that ``idp members import`` reads: nothing is held, a million is as light as one.
"""
