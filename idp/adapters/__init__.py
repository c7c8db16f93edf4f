"""The ways out of the house: SMTP and the folder of mails, the spool of letters, the fund's registry, the key folder.

It implements the ports of the packages it serves and decides nothing; it owns no SQL, no page and no
sentence. Nothing here may start while a database connection is held.
"""
