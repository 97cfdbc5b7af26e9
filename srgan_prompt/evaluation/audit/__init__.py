"""The prompt audit: ``run`` measures a model, ``targets`` says what it should reach, ``report`` writes it all down."""
