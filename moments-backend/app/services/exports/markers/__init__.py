"""Moments as files for video editors: EDL, FCPXML and CSV."""
