"""Chapters of the videos."""
