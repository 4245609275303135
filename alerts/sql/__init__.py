"""The ledger's SQL."""
