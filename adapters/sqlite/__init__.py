"""The store in one SQLite file: one writer at a time, by `flock` on `<db>.writer`."""
