from qadam.events.tests.databases import _empty_file, shared_database  # noqa: F401
