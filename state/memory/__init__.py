"""Every port of storage in memory: the reference implementation, and the fake of the tests."""
