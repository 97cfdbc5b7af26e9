"""One equation per file."""
