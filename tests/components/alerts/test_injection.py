"""Customers' words in every channel: whatever they typed, it stays words."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.channels.form import as_html
from alerts.channels.mail import as_mail
from alerts.channels.slack import as_slack
from alerts.channels.teams import as_card
from alerts.channels.text import as_text
from alerts.channels.webhook import as_cloudevent
from alerts.letter import LETTER, Item, Letter
from alerts.messages.clean import clean, line
from klantbus.bus.departments import Language

NOON = datetime(2026, 3, 9, 11, 0, tzinfo=UTC)
LINK = "http://127.0.0.1:8080/alerts/A1"

CORPUS = [
    "Friday\r\nBcc: everyone@company.example",
    "Friday\nX-Injected: yes\n\n<html>",
    "Friday\x0bSubject: other",
    "Friday\u2028Bcc: x@y.example",
    "=?utf-8?q?=0D=0ABcc=3A_x=40y.example?=",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<a href='javascript:alert(1)'>click</a>",
    "</dd></dl><h1>Approved</h1>",
    "&lt;b&gt; &amp;lt; &#60;script&#62;",
    "{lead} {link} {0.__class__} %s %(link)s ${link} {{7*7}}",
    "<!channel> <!here> <!everyone> <@U012AB3CD> <#C024BE7LR>",
    "<https://evil.example|your invoice>",
    "@channel @here @everyone",
    "*bold* _it_ ~no~ `code` ```block``` > quote",
    "[your invoice](https://evil.example) ![x](https://evil.example/p.png)",
    "<at>Everyone</at> {{DATE(2026-01-01T00:00:00Z, SHORT)}}",
    '"}],"actions":[{"type":"Action.OpenUrl","url":"https://evil.example"}],"x":[{"y":"',
    "\x1b[31mred\x1b[0m\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\u202egnp.exe \u2066hidden\u2069 \u200bzero\u200dwidth\ufeff",
    "\x00\x01\x07\x08\x7f\x85\x9b",
    "\ud800 lone surrogate",
    "\U000e0041\U000e0042 tags",
    ".\r\n.\r\nMAIL FROM:<x@y.example>",
    "-- \nsignature\n--boundary--",
    "a" * 5000,
    "🧨" * 400,
]


def letter_saying(words: str) -> Letter:
    """Return a letter with `words` wherever a customer's words may come."""
    said = line(words)
    item = Item("A1", said, (("In these words", said), ("Note", said)), LINK)
    return Letter(
        id="k" * 32,
        kind="promise.broken",
        level="L0",
        severity="high",
        language=Language.DUTCH,
        subject=line(words, 180),
        lead=clean(words),
        items=(item,),
        more="",
        action="Bel de klant.",
        link=LINK,
    )


class Tags(HTMLParser):
    """Collects what a browser would see as tags and links."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links |= {value for name, value in attrs if name in {"href", "src"} or name.startswith("on")}


@pytest.fixture(params=CORPUS, ids=range(len(CORPUS)))
def letter(request) -> Letter:
    return letter_saying(request.param)


def test_words_add_no_header_to_a_mail(letter):
    mail = as_mail(letter, "bus@company.example", "head@company.example", NOON)
    head = mail.as_bytes().partition(b"\r\n\r\n")[0].decode("ascii")
    names = {row.partition(":")[0] for row in head.split("\r\n") if row[:1] not in {" ", "\t"}}
    assert names == {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Idempotency-Key",
        "Auto-Submitted",
        "MIME-Version",
        "Content-Type",
    }


def test_words_add_no_part_to_a_mail(letter):
    mail = as_mail(letter, "bus@company.example", "head@company.example", NOON)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_words_add_no_tag_and_no_link_to_html(letter):
    tags = Tags()
    tags.feed(as_html(letter))
    assert tags.tags <= {"html", "head", "meta", "body", "p", "strong", "h3", "a", "dl", "dt", "dd"}
    assert tags.links == {LINK}


def test_words_mean_nothing_to_slack(letter):
    message = json.loads(as_slack(letter))
    texts = [message["text"]]
    for block in message["blocks"]:
        parts = [block["text"]] if "text" in block else block["elements"]
        assert {part["type"] for part in parts} == {"plain_text"}
        texts += [part["text"] for part in parts]
    assert not any("<" in text or ">" in text for text in texts)
    assert all(len(text) <= 3000 for text in texts)
    assert (message["mrkdwn"], message["link_names"]) == (False, False)


@pytest.mark.parametrize("words", ["&" * 5000, "a" * 149 + "<" * 3000, "a" * 5000])
def test_slack_gets_as_much_as_it_takes_and_no_half_of_an_entity(words):
    letter = replace(letter_saying("x"), subject=words[:180], lead=words)
    texts = [block["text"]["text"] for block in json.loads(as_slack(letter))["blocks"] if "text" in block]
    for text, limit in zip(texts, (150, 2900), strict=False):
        assert limit - 6 < len(text) <= limit
        assert set(re.findall(r"&[^;]*;?", text)) <= {"&amp;", "&lt;", "&gt;"}


def test_words_mean_nothing_to_teams(letter):
    message = json.loads(as_card(letter))
    card = message["attachments"][0]["content"]
    runs = [run for block in card["body"] for run in block["inlines"]]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    assert {run["type"] for run in runs} == {"TextRun"}
    assert not any("{{" in run["text"] or "<at>" in run["text"] for run in runs)
    assert [action["url"] for action in card["actions"]] == [LINK]
    assert "msteams" not in card


def test_words_stay_words_in_a_cloudevent(letter):
    event = json.loads(as_cloudevent(letter, NOON))
    assert event.keys() == {"specversion", "id", "source", "type", "time", "datacontenttype", "data"}
    assert LETTER.validate_python(event["data"]) == letter


def test_words_steer_no_screen(letter):
    text = as_text(letter)
    assert all(character == "\n" or character.isprintable() for character in text)


@given(st.text(max_size=400))
def test_no_text_at_all_steers_anything(words):
    letter = letter_saying(words)
    assert letter.subject.isprintable()
    mail = as_mail(letter, "bus@company.example", "head@company.example", NOON)
    assert len(mail.keys()) == 9
    tags = Tags()
    tags.feed(as_html(letter))
    assert tags.links == {LINK}
    assert json.loads(as_slack(letter))
    assert json.loads(as_card(letter))


def test_a_harmless_sentence_is_not_changed():
    said = "Vóór vrijdag 17:00, 3 stuks à € 12,50 (écht!) & koffie"
    assert line(said) == said
