"""What a request does to pixels, exactly: tone edits, degradations, and requests as numbers."""
