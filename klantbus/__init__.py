"""klantbus: the information bus that makes a company keep its word."""
