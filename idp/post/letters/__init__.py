"""Letters on paper: what they say (``writer``), where it stands on the sheet (``layout``), the bytes of the PDF.

    Addressee, code ──writer──► LetterPage ──layout──► Sheet ──► one A4 page as PDF

It owns the measures of look.md section 7 and the two letters of words.md sections 35 and 36. It does not own who is
written to (``letter_deliverer`` asks for it) nor where the file goes (``adapters.letter_spool``). The PDF library is
loaded with the first letter, never at start.
"""
