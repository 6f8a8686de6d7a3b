"""Migration of a directory of videos: each file is probed, uploaded and registered.

`service` runs the whole: `scanner` reads the directory, `planner` decides about each file, a handler
(`migrate`, `verify`) processes one video, `runner` runs the handlers concurrently and `text_output` formats
the results.
"""
