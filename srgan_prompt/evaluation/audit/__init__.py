"""The prompt audit: ``run`` measures a model, ``document`` and ``report`` write down what was found."""
