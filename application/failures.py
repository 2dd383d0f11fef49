"""What a store cannot do, each with what that says of what was to be written."""


class Conflict(Exception):
    """Somebody else wrote first: a version, a slot, a key, a message. Nothing stood."""


class Unavailable(Exception):
    """The store cannot be reached, or not now. Nothing was written."""


class OutcomeUnknown(Unavailable):
    """The connection was lost while committing: it may have been written."""


class Unreadable(Unavailable):
    """What is stored cannot be read: by another release it can, or it is damaged."""


class EpochChanged(Unavailable):
    """Another release has taken over the read models: this process must end."""
