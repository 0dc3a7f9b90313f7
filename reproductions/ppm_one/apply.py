"""Predict the backbone shifts of a structure."""
