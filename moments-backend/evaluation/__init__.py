"""Measures the quality of transcripts and search on labelled data."""
