"""Third-party weights that the package does not ship: where they lie, and proof that they are the right ones."""
