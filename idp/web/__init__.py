"""HTTP toolkit: the beats, forms, pages, cookies, guards, errors and the static files.

Features use its ``Form`` and ``render``; it knows no feature and no SQL.
"""
