"""`bookings keys rotate` and `bookings keys status`: which master key wraps what."""

from collections.abc import Sequence

from adapters import bootstrap, clock, master_keys
from adapters.cli import output
from adapters.cli.parameters import Json
from application import rotating
from application.rotating import Rotated, TakenOver, Wrapping
from application.sealing import Vault

NOT_ALL, BUSY = 1, 3


async def rotate(*, json: Json = False) -> None:
    settings = bootstrap.settings()
    vault = bootstrap.vault(settings)
    # Whoever cannot open all must not begin; and a new store gets its canary.
    async with bootstrap.opened(settings), bootstrap.owners_keys(settings) as keys:
        try:
            with output.progress("Rotating") as told:
                rotated = await rotating.rotate(keys, vault, clock.now(), told)
        except TakenOver as error:
            raise output.Failed(str(error), exit_code=BUSY) from None
    if json:
        output.write_json([rotated])
    else:
        _tell(rotated, vault)
    _must_be_all(rotated)


async def status(*, json: Json = False) -> None:
    settings = bootstrap.settings()
    vault = bootstrap.vault(settings)
    bootstrap.kind(settings).check()
    async with bootstrap.owners_keys(settings) as keys:
        with output.progress("Opening") as told:
            found = await rotating.examine(keys, vault, told)
        if json:
            output.write_json(found)
        else:
            for one in found:
                output.write(_words(one, is_next=one is found[0]))
        await master_keys.must_open_all(keys, vault)
    _must_open(found)


def _tell(rotated: Rotated, vault: Vault) -> None:
    output.write(
        f"{rotated.wrapped_anew} of {rotated.keys} keys were wrapped anew; "
        f"{rotated.master_key} wraps what comes."
    )
    for former in vault.ids[1:]:
        if former.hex() not in rotated.still_needed:
            output.write(
                f"{former.hex()} wraps nothing any more: it can be taken away."
            )


def _must_be_all(rotated: Rotated) -> None:
    if rotated.unopened:
        raise output.Failed(
            f"{rotated.unopened} keys are opened by no master key that is given, "
            f"as those of {', '.join(map(repr, rotated.examples))}.",
            exit_code=NOT_ALL,
        )
    if rotated.still_needed:
        raise output.Failed(
            f"{', '.join(rotated.still_needed)} must still be given: "
            "somebody wrapped keys by it meanwhile. Rotate again.",
            exit_code=NOT_ALL,
        )


def _words(one: Wrapping, *, is_next: bool) -> str:
    told = [f"opens {one.opened} keys"] if one.given else []
    if one.noted:
        told.append(f"is noted at {one.noted} keys that nothing opens")
    if one.current:
        told.append("wraps what comes")
    elif one.needed:
        told.append("must be given until `bookings keys rotate` is done")
    elif is_next:
        told.append("would wrap all after `bookings keys rotate`")
    elif one.given and not one.opened:
        told.append("can be taken away")
    if not one.given:
        told.append("is not given")
    return f"{one.master_key or 'unknown':16}  {', '.join(told)}"


def _must_open(found: Sequence[Wrapping]) -> None:
    if closed := sum(one.noted for one in found):
        raise output.Failed(
            f"{closed} keys are opened by no master key that is given.",
            exit_code=NOT_ALL,
        )
