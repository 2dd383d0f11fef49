"""Whether one key is one change, and one answer, which is kept beside that change."""

from collections.abc import Iterator

from tests.storms.storm.facts import Found, Kept
from tests.storms.storm.ledger import KEPT, Ledger, Sent, Try, name


def wrong(ledger: Ledger, found: Found) -> Iterator[str]:
    asked_for = found.by_request()
    for (who, key), several in _by_key(ledger).items():
        tries = [(sent, one) for sent in several for one in sent.tries]
        kept = found.kept.get((who, key), [])
        happened = [both for both in tries if both[1].request_id in asked_for]
        if len(happened) > 1:
            yield f"{name(*happened[1])}: its key made a change again"
        for sent, one in happened:
            if one.request_id not in {it.request_id for it in kept}:
                yield f"{name(sent, one)}: it happened, and its answer is not kept"
        yield from _same([both for both in tries if _is_kept(both[1])], kept)


def _same(answers: list[tuple[Sent, Try]], kept: list[Kept]) -> Iterator[str]:
    for sent, one in answers[:1]:
        if one.status not in {it.status for it in kept}:
            yield f"{name(sent, one)}: {one.status} is not kept"
    for sent, one in answers[1:]:
        if one.first != answers[0][1].first:
            yield f"{name(sent, one)}: it is answered otherwise than at first"


def _is_kept(one: Try) -> bool:
    return one.status in KEPT


def _by_key(ledger: Ledger) -> dict[tuple[str, str], list[Sent]]:
    """Return what was sent under each key, also with another body."""
    grouped: dict[tuple[str, str], list[Sent]] = {}
    for sent in ledger.keyed():
        if not sent.is_dry:
            grouped.setdefault((sent.who, sent.key or ""), []).append(sent)
    return grouped
