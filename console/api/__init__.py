"""The JSON API below ``/api``: one module a subject, each a router made from the services."""
