"""The command line: nouns with verbs, a file each. Data on stdout, talk on stderr."""
