# Scripts for the clients of other systems' databases: their rows are what vimport reads.
migratedir = $(datadir)/virtmail/migrate
dist_migrate_DATA = sql/migrate/postfixadmin-mysql.sql sql/migrate/postfixadmin-pgsql.sql sql/migrate/postfixadmin-sqlite.sql
dist_migrate_DATA += sql/migrate/mailcow-mysql.sql
