"""The store on PostgreSQL: many processes, one order, kept by the head row's lock."""
