"""Tools for developers: source measurements and checks that are part of `make lint`."""
