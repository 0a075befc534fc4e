"""The only user of psycopg: connect, lock ladder, deploy lock, catalog to models, execute."""
