"""Two steps, one loop, and the state that makes a resumed run bit-equal."""
