"""Whom the fund knows: the social security number (NIR), the member, which question is asked to whom,
the proof an answer gives, the port of the registry that judges answers, and the fund's files as records.

It owns no SQL (``storage`` has the tables and the imported registry) and no page (``enrollment`` asks the
questions). A NIR, a card serial and an answer never show in a ``repr``, a message or a reason of this package
(law 5).
"""
