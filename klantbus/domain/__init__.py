"""The rules, pure: no clock, no log, no file, no await. Time is an argument (RULES.md)."""
