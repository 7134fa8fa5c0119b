"""Metrics, and what a model says about data."""
