"""The channels: each takes a letter to an address, or says whose fault it is that it did not.

A channel is an object with one method, `send` (see `port`). It has its own time limit, follows no redirect,
and gives a repeat of the same letter the same idempotency key.
"""
