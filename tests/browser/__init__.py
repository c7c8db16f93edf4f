"""The demo in a real Chromium: the whole story, as somebody who knows the terminal's table and reads the pages."""
