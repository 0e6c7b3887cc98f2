"""Tables of a test's own: the names of the layout with a suffix, so that no test sees another's."""

from typing import Any, Self, override

from azure.data.tables import TableClient, TableServiceClient

from state.account import create_tables


class OwnTables(TableServiceClient):
    """A client whose every table carries the suffix."""

    suffix = ""

    @classmethod
    def of(cls, connection: str, suffix: str, **options: Any) -> Self:
        """Connect, and create the tables that are not there."""
        made = cls.from_connection_string(connection, **options)
        assert isinstance(made, cls)
        made.suffix = suffix
        create_tables(made)
        return made

    @override
    def get_table_client(self, table_name: str, **kwargs: Any) -> TableClient:
        return super().get_table_client(table_name + self.suffix, **kwargs)
