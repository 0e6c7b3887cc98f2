"""Tests that share what is running; a package, so that it ends with them."""
