"""Sign-in without HTTP."""
