"""What a verdict and an edge say, field by field, in the order of the schemas.

A verdict and an edge say enough to act upon without reading any state. A list holds the latest that there is
room for; of reasons the first as well, which says what was promised.
"""

from typing import Final

from klantbus.bus.avro.pieces import SHORT, put_size
from klantbus.domain.events import Importance, PromiseKind, Scope
from streams.writing import (
    END,
    FLAGS,
    IMPORTANCES,
    KINDS,
    MONEY,
    NULL,
    QUANTITIES,
    RESOLUTIONS,
    SCOPES,
    SEVERITIES,
    SOME,
    STATES,
    TIERS,
    Table,
    count,
    filled,
    inside,
    instant,
    many,
    maybe,
    maybe_word,
    number,
    some,
    sorted_words,
    text,
    text_or,
    texts,
    truth,
    when,
    word,
)

NOBODY: Final = "unknown"
"""Stands where a promise is gone and nobody can say any more whose it was."""
_PIECES: Final = "pcs"

_MATTER: Final[Table] = (  # importance to topic, which a verdict and the raising of an alert both tell
    (word, "importance", IMPORTANCES),
    (maybe_word, "value", MONEY),
    (text, "as_said"),
    (maybe, "order"),
    (maybe, "topic"),
)
_LINE: Final[Table] = (
    (text, "sku"),
    (text_or, "uom", _PIECES),
    (word, "promised", QUANTITIES),
    (word, "fulfilled", QUANTITIES),
)
_PROOF: Final[Table] = (
    (text, "event_id"),
    (instant, "time"),
    (word, "tier", TIERS),
    (filled, "sku"),
    SOME,
    (word, "quantity", QUANTITIES),
)
_REASON: Final[Table] = ((maybe, "event_id"), (text, "rule"))
_LINES: Final = (some, "lines", None, _LINE)
"""Of a promise that has any: without, it is counted as one that has no article."""

_NOTHING_SEEN: Final = b"".join(
    (
        *(KINDS[PromiseKind.OTHER], SCOPES[Scope.EXTERNAL]),
        *(2 * (put_size(len(NOBODY)), NOBODY.encode())),
        *(IMPORTANCES[Importance.NORMAL], NULL, SHORT[0]),
        *(3 * (NULL,)),  # order_ref to parent_promise_id
        *(11 * (NULL,)),  # made_at to ended_at
        *(NULL, SHORT[0], SHORT[0], NULL, NULL),  # consent to calendar_version
        *(3 * (END,)),  # lines to conflicts_with
    )
)
"""What a verdict says of a promise that is gone, from kind on."""
_NO_PROMISE: Final = b"".join((NULL, IMPORTANCES[Importance.NORMAL], NULL, SHORT[0], *(3 * (NULL,))))
"""What an edge says of no promise, from performer to due."""
_NO_OWNER: Final = b"".join(3 * (NULL,))
"""Owner, until and note: an edge of the judge has none."""
_NO_CAUSE: Final = NULL
"""An edge of the judge follows from facts, and `why` names them."""


def verdict_of(most: int) -> Table:
    """Return what a verdict says, its lists of `most` items."""
    return (
        (text, "promise_id"),
        (maybe_word, "previous", STATES),
        (word, "state", STATES),
        (sorted_words, "flags", FLAGS),
        (instant, "at"),
        (inside, "sight", _NOTHING_SEEN, _promise(most)),
        (many, "why", None, _REASON, -most),
    )


def _promise(most: int) -> Table:
    said: Table = (
        (word, "kind", KINDS),
        (word, "scope", SCOPES),
        (text, "made_by"),
        (text, "performer"),
        *_MATTER,
        (maybe, "parent"),
    )
    return (
        (inside, "said", b"", said),
        (when, "made_at"),
        (when, "accepted_at"),
        (when, "start"),
        (when, "warn"),
        (when, "due"),
        (when, "grace"),
        (when, "original_due"),
        (when, "requested_due"),
        (when, "planned"),
        (when, "done_at"),
        (when, "ended_at"),
        (truth, "consent"),
        (number, "revision"),
        (number, "breach_count"),
        (maybe, "calendar"),
        (count, "calendar_version"),
        _LINES,
        (many, "evidence", None, _PROOF, most),
        (texts, "conflicts", None, (), most),
    )


def _edge() -> Table:
    """alert_id to note, which both edges begin with."""
    said: Table = ((text, "kind"), (text, "key"), (word, "severity", SEVERITIES), (instant, "at"))
    return ((text, "number"), (inside, "edge", b"", said), _NO_OWNER)


def _about(ids: str) -> Table:
    """department, promise_id and promise_ids, which are in `ids`."""
    return ((maybe, "about"), (maybe, "promise_id"), (texts, ids))


def raised_of(most: int, ids: str) -> Table:
    """Return what the raising of an alert says: `why` of `most` items, promises as in `ids`."""
    kind: Table = (SOME, (inside, "said", b"", ((word, "kind", KINDS),)))
    said: Table = ((maybe, "performer"), *_MATTER)
    seen: Table = ((inside, "said", b"", said), (when, "due"))
    why: Table = ((many, "why", None, _REASON, -most),)
    return (
        *_edge(),
        *_about(ids),
        (inside, "sight", NULL, kind),
        (maybe, "made_by"),
        (inside, "sight", _NO_PROMISE, seen),
        (inside, "edge", b"", ((maybe, "event_id"), (count, "lag"))),
        (inside, "sight", END, (_LINES,)),
        _NO_CAUSE,
        (inside, "edge", b"", why),
    )


def resolved_of(most: int, ids: str) -> Table:
    """Return what the resolving of an alert says, as `raised_of`."""
    return (
        *_edge(),
        (word, "resolution", RESOLUTIONS),
        *_about(ids),
        (maybe_word, "state", STATES),
        (inside, "sight", NULL, ((when, "done_at"),)),
        (inside, "edge", b"", ((count, "lag"),)),
        (inside, "sight", END, (_LINES,)),
        (inside, "edge", b"", ((many, "why", None, _REASON, -most),)),
    )
