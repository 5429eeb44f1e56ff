"""Almoner: casework for councils that works with and without a network."""
