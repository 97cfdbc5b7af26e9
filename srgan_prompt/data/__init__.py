"""What the network learns from: photos, degradations, tone edits, and the sentences that ask for them."""
