"""HTTP toolkit: the beats, forms, pages, cookies, guards, errors and the static files.

Features read with its ``Form`` and answer with its ``Shell``; it knows no feature and no SQL.
"""
