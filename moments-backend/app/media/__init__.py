"""Reads and converts media files with FFmpeg and ffprobe.

A missing program raises `ToolMissingError`, one that is killed or times out `FFmpegError`, and a file that
cannot be read or written `LocalFileError`, in every function that starts a program.
"""
