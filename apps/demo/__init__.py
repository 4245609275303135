"""The demo: a small company's week, with every kind of verdict in it."""
