"""Image files to arrays and back: the only room that knows uint8, HWC, ICC and EXIF."""
