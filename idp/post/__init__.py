"""What leaves the house: the outbox, the worker that empties it, the deliverers.

    feature's unit of work ──effect──► outbox row ──claim──► deliverer ──► SMTP server, letter spool
                                          ▲                     │
                                          └── settle: sent, dropped, refused, failed, or due again

One worker per lane (``crew``): requests, mails, letters. A letter that a visitor's answer asked for is a request first:
whether it may leave is the feature's to say, when nobody waits for it.

A row says what and to whom by id, never a secret: the provisional password is born in the deliverer, its
digest is committed before the word is handed over, and every copy that left works (law 4). Effects happen
at least once (law 11): a worker that dies leaves a lease that runs out, and the next one goes on with a new
word.

It owns the queue's port, the pace of retries, the making of messages and of letters (``letters``). It does not own
who is owed a password (``enrollment``, ``signin``), what a provisional password is worth (``accounts``), the sentences
(``web.words``), the SQL (``storage.outbox``), nor the ways out themselves (``adapters``).
"""
