"""SQLAlchemy Core: the tables, the unit of work, one store per port of the features, the migrations.

It implements the Protocols and speaks the value types of the packages above and owns every SQL statement of the
product. It decides nothing: what is honoured is decided by the features, over what a statement returns.
"""
