"""Which projections made the read models: a number that the store has, too.

Raise it with each change of a projection after which rows made before would say
something else, or after which the release before could not read them. A release folds
the rows of its epoch beside those in use and takes over: `bookings rebuild --switch`.
"""

EPOCH = 2
