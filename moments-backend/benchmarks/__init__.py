"""How fast and how small the library is, beside well-known programs that do the same work.

`python -m benchmarks` measures; `catalogue.py` lists what. Every figure of ours stands beside a peer's of the
same minutes on the same machine, and only their ratio is meant to say something.
"""
