"""What `--help` teaches: for each command a line, what to know, and lines to paste."""

BOOKINGS = """\
Car-workshop bookings: one PUT, its events, its read model, replay and rebuild.

A first walk, on a store in `./var`:

```console
bookings migrate
bookings demo
bookings serve
bookings replay 123
```

Which store is used says `DATABASE_URL`: `sqlite:///var/bookings.db` unless set, or
`postgresql://…`. Commands end with 0; 1 when a difference was found; 2 when called or
set up wrongly; 3 when the store cannot be reached.
"""

WORKER = """\
Write what the clock has done, and remove uploads and keys that nobody uses.

Answers never wait for it. Any number of workers can run at once, and each can be ended
at any time: SIGTERM lets it finish its step. On SQLite `bookings serve` does it too.

```console
bookings worker
bookings worker --once
```

It looks about every `BOOKINGS_SWEEP_SECONDS` (1).
"""

SERVE = """\
Answer calls over HTTP.

Ctrl-C and SIGTERM end it after the calls under way.

```console
bookings serve
PORT=8080 bookings serve
DATABASE_URL=postgresql://localhost/bookings bookings serve
bookings serve --demo
```

`PORT` is 5000 and `BOOKINGS_HOST` is 127.0.0.1 unless set. On PostgreSQL
`BOOKINGS_JWT_SECRET` (32 bytes at least) and `BOOKINGS_MASTER_KEY` (32 bytes in
base64), or `…_FILE` with each, and `BOOKINGS_UPLOADS` (a folder, or
`s3://bucket/prefix`) must be set; beside an SQLite store they are made.
`DATABASE_URL` and `REDIS_URL` can be in files as well.
"""

MIGRATE = """\
Make the store, or bring it to this release's schema, while the one before it works.

It can be run at any time, also by several processes at once. What may only be done when
no process of the release before works any more is done with `--after`; until then both
releases work. A store that is new gets all at once.

```console
bookings migrate
bookings migrate --status
bookings migrate --after
DATABASE_URL=postgresql://localhost/bookings bookings migrate
```

`--status` changes nothing, and ends with 1 when this release cannot work on the store.
"""

BACKUP = """\
Copy a SQLite store to a new file, while it is served, and look the copy through.

The file is on the disk when the command ends, and not there at all when it fails. Ends
with 1 when the copy is damaged. PostgreSQL has `pg_dump` for that.

```console
bookings backup bookings-monday.db
```
"""

DOCTOR = """\
Say whether this set-up is safe: durability, clock, schema, keys, uploads.

Nothing is changed, but for an empty file that is stored and removed among the uploads.
Ends with 0 when all is well, 1 when something is unsafe, 2 when something is wrong, 3
when something cannot be reached; with the highest of these.

```console
bookings doctor
bookings doctor --json
```

`serve` and `worker` refuse an unsafe store, unless told `--unsafe-durability`.
"""

TOKEN = """\
Print a bearer token, and nothing else on stdout.

```console
bookings token --owner kari
bookings token --sub anna --role manager --workshop 313001083 --ttl 30m
curl -H "Authorization: Bearer $(bookings token --owner kari)" \\
  http://localhost:5000/api/co/bookings
```
"""  # noqa: S105 - help, and no token

WORKSHOP = """\
Workshops, which car owners book at.

```console
bookings workshop add --org-nr 987654321 --name Fjellsport --time-zone Europe/Oslo
```
"""

WORKSHOP_ADD = """\
Add a workshop, with its first policy.

Without a file it has one bay and a service of 60 minutes, and is open from Monday to
Friday, 08:00 to 16:00.

```console
bookings workshop add --org-nr 987654321 --name Bilhuset --time-zone Europe/Oslo
bookings workshop add --org-nr 987654321 --name Bilhuset --time-zone Europe/Oslo \\
  --policy policy.json
```

All members of the file are optional:

```json
{"bays": 2, "services": [{"id": 1, "name": "Service", "minutes": 60, "buffer": 15}],
 "opening_hours": {"mon": [["08:00", "12:00"], ["13:00", "16:00"]]},
 "holidays": ["2026-12-25"],
 "rules": {"reschedule_notice": {"hours": 24, "effect": "REQUEST"}}}
```
"""

DEMO = """\
Add a workshop, two car owners and their bookings, once; print tokens and a call.

One of the bookings is 123: confirmed, and a few days ahead.

```console
bookings demo
bookings demo --if-empty
DATABASE_URL=postgresql://localhost/bookings bookings demo --yes
```
"""

SEED = """\
Make many bookings with events, the same ones for the same arguments.

All are decided as real calls are, in simulated time, and written by at most 500 events
at once, so that others can write too.

```console
bookings seed --bookings 1000 --events-per-booking 10 --seed 1
```
"""

REPLAY = """\
Show what happened to a booking, event by event, and the state that it led to.

It reads the log alone, and writes nothing. With `--follow` it goes on with what comes,
each event once and in order, of one booking or of the whole log, until Ctrl-C; when the
store goes away it waits for it. Where `REDIS_URL` is set events are there at once.

```console
bookings replay 123
bookings replay 123 --as-of 2
bookings replay 123 --as-of 2026-06-01T12:00:00+02:00
bookings replay 123 --json
bookings replay 123 --follow
bookings replay --follow --from 1000 --json
```
"""

REBUILD = """\
Fold the read model afresh from the log beside the live one, and swap.

Calls are answered meanwhile. A release that makes other read models than the one before
takes over with `--switch`, once its before half is applied.

```console
bookings rebuild
bookings rebuild --json
bookings rebuild --switch
```
"""

VERIFY = """\
Compare the live rows with ones folded afresh, and check the chain of each stream.

Exit code 1 says that somebody changed a row or an event by hand; the first difference
is named.

```console
bookings verify
bookings verify --json
```
"""

KEYS = """\
The master keys, which wrap the keys that personal data are sealed with.

To replace one while everything goes on:

1. Put the new key before the old one in `BOOKINGS_MASTER_KEY` (a space between them) or
   in its file (a line each), and restart every `serve` and `worker`, one by one.
2. `bookings keys rotate`
3. Take the old one away, and restart them once more.

A key is called by 16 digits that say nothing of it.
"""

KEYS_ROTATE = """\
Wrap every owner's key anew by the first master key that is given, while calls go on.

No event, row or kept answer is touched. It can be killed at any moment and run again.
Ends with 1 when a key is opened by no master key that is given.

```console
bookings keys rotate
BOOKINGS_MASTER_KEY="$NEW $OLD" bookings keys rotate --json
```
"""

KEYS_STATUS = """\
Try to open every owner's key, and say how many each master key opens.

It says which master keys must be given, and which can be taken away. Ends with 1 when
a key is opened by none of them.

```console
bookings keys status
bookings keys status --json
```
"""

EXPORT = """\
Write all that a car owner has here, opened, into a new folder.

`bookings.jsonl` has a line for each booking, with its messages, change requests and
history; `uploads/` has the files.

```console
bookings export --owner kari --to kari-export
```
"""

ERASE = """\
Erase what is personal of a car owner: their key, and their files. It cannot be undone.

Names, texts and reasons in the events are sealed under that key, and are null from then
on, in every answer. That it happened is an event of each of their bookings.

```console
bookings erase --owner kari
bookings erase --owner kari --yes
bookings verify
```
"""
