"""Storage for what is built from app settings."""

from tests.azurite import azurite

__all__ = ["azurite"]
