"""The exact bytes of every event shape ever stored: files are added, never changed.

A file is named after its event's tag and, behind a hyphen, after its variant. Its
event stands in `shapes`. When a shape gets a new tag or more members, its file stays,
its example moves to `READ_STILL`, and the new shape becomes a file of its own by
`python -m tests.golden.add`.
"""
