"""Drops, delays or fails each request of the web app in turn, and checks that the app recovers.

`python -m scripts.dropped_requests --help`.
"""
