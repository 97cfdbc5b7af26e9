"""A synthetic data set of things on a grid, and sentences that change them: after CSS (Vo et al. 2019)."""
