-- What vpopmail 5.6 left out. SQLite knows no widths, and the old programs' statements still run.
--unless SELECT COUNT(*) FROM pragma_table_info('vpopmail') WHERE name = 'pw_clear_passwd'
ALTER TABLE vpopmail ADD COLUMN pw_clear_passwd TEXT;
UPDATE relay SET timestamp = 0 WHERE timestamp IS NULL;
