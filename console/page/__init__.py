"""The web page: rendered here, read without any script, dressed by one style sheet."""
