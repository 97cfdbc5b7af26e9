"""From a sentence to what the network is asked for: the operations, and the reader that finds them in a sentence."""
