"""Telling people: ledger, ladder, routing, channels."""
