"""The laws and the plan of the house, checked over its text, its tables and its answers."""
