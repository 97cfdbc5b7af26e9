"""From a string to the numbers that steer a network; the command line, Python, training and audit all come this way.

In the order of reading: ``operations`` is the table of what can be asked for. ``prompt`` makes of what the user wrote a
``Prompt``, with ``sizes`` for the size that it names. ``interpretation`` makes of that the ``PromptEmbedding`` which a
network is run with, and the notes for the user: by readings (``reading``, ``reader``, ``bert``),
or, for networks of raw embeddings, by vectors (``prompt_encoder``, ``embeddings``, ``encoder``).
"""
