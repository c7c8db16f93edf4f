"""Enrollment without HTTP."""
