"""A letter as HTML. Every text is escaped; the only links are our own; nothing is loaded from elsewhere."""

from html import escape

from alerts.letter import Item, Letter

_PAGE = """<!doctype html><html lang="{language}"><head><meta charset="utf-8"></head>
<body style="font-family:sans-serif;max-width:42em">{lead}{items}{more}{action}
<p><a href="{link}">{link}</a></p></body></html>
"""


def as_html(letter: Letter) -> str:
    """Return the whole letter as an HTML page."""
    return _PAGE.format(
        language=escape(letter.language),
        lead=_paragraph(letter.lead),
        items="".join(_item(item) for item in letter.items),
        more=_paragraph(letter.more),
        action=f"<p><strong>{escape(letter.action)}</strong></p>" if letter.action else "",
        link=escape(letter.link),
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>" if text else ""


def _item(item: Item) -> str:
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(text)}</dd>" for label, text in item.lines)
    return f'<h3><a href="{escape(item.link)}">{escape(item.title)}</a></h3><dl>{rows}</dl>'
