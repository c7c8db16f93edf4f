"""Two at the same moment, on both databases: afterwards one is honoured. Rows that nobody honours may remain."""
