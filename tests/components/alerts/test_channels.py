"""What each channel really hands over, and in which form."""

import base64
import hashlib
import hmac
import io
import json
import sys
from dataclasses import replace

import pytest
from components.alerts.letter_one import LETTER_ONE, NOON, noon
from components.alerts.receivers import Behaviour, web_receiver

from alerts.channels.apprise import Apprise
from alerts.channels.local import Console, FileOutbox
from alerts.channels.slack import Slack
from alerts.channels.teams import LARGEST, Teams, as_card
from alerts.channels.webhook import Webhook
from alerts.errors import AddressRefused, ReceiverAway, ReceiverRefused
from alerts.letter import LETTER


async def test_a_webhook_is_a_signed_cloudevent_under_its_own_key(post):
    with web_receiver(Behaviour()) as receiver:
        await Webhook(post, noon, b"secret").send(LETTER_ONE, f"http://127.0.0.1:{receiver.port}/x")
        [taken] = receiver.taken
    event = json.loads(taken.body)
    assert (event["specversion"], event["id"], event["type"]) == ("1.0", LETTER_ONE.id, "klantbus.alert.told")
    assert LETTER.validate_python(event["data"]) == LETTER_ONE
    assert taken.key == LETTER_ONE.id
    signed = f"{LETTER_ONE.id}.{int(NOON.timestamp())}.".encode() + taken.body
    mac = base64.b64encode(hmac.new(b"secret", signed, hashlib.sha256).digest()).decode()
    assert taken.headers["webhook-signature"] == f"v1,{mac}"


async def test_slack_and_teams_get_json_of_their_own_form(post):
    with web_receiver(Behaviour()) as receiver:
        url = f"http://127.0.0.1:{receiver.port}/x"
        await Slack(post).send(LETTER_ONE, url)
        await Teams(post).send(LETTER_ONE, url)
        slack, teams = (json.loads(taken.body) for taken in receiver.taken)
    assert {block["type"] for block in slack["blocks"]} == {"header", "section", "context"}
    assert teams["attachments"][0]["content"]["actions"][0]["url"] == LETTER_ONE.link


async def test_the_file_outbox_keeps_one_file_for_one_key(tmp_path):
    for _ in range(2):
        await FileOutbox().send(LETTER_ONE, str(tmp_path / "box"))
    [file] = (tmp_path / "box").iterdir()
    assert LETTER.validate_json(file.read_bytes()) == LETTER_ONE


async def test_the_console_shows_the_whole_letter():
    screen = io.StringIO()
    await Console(screen).send(LETTER_ONE, "logistics")
    assert LETTER_ONE.subject in screen.getvalue()
    assert LETTER_ONE.link in screen.getvalue()


OLD_PYTHON = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
"""What Apprise uses of Python 3.11 is not ours to change."""


@OLD_PYTHON
@pytest.mark.parametrize(
    "to",
    [
        "json://169.254.169.254/",
        " JSONS://169.254.169.254/",
        "gotify://127.0.0.1/token, json://169.254.169.254/",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "nothing://that.apprise/knows",
        "",
    ],
)
async def test_apprise_is_not_used_for_what_we_send_ourselves_nor_for_what_it_does_not_know(to):
    with pytest.raises(AddressRefused):
        await Apprise().send(LETTER_ONE, to)


@OLD_PYTHON
async def test_apprise_itself_hands_a_letter_over_and_customers_words_stay_words():
    letter = replace(LETTER_ONE, subject="<!channel> Promise broken")
    with web_receiver(Behaviour(("200",))) as receiver:
        said = await Apprise().send(letter, f"gotify://127.0.0.1:{receiver.port}/token")
        [taken] = receiver.taken
    message = json.loads(taken.body)
    assert said == "Apprise says yes"
    assert message["title"] == "&lt;!channel&gt; Promise broken"
    assert "Call the customer today." in message["message"]


@OLD_PYTHON
@pytest.mark.parametrize("asking", ["", "?redirect=yes"])
async def test_apprise_follows_nobody(asking):
    with web_receiver(Behaviour(("302",))) as receiver:
        with pytest.raises(ReceiverAway):
            await Apprise().send(LETTER_ONE, f"gotify://127.0.0.1:{receiver.port}/token{asking}")
        assert [one.done for one in receiver.taken] == ["302"]


async def test_without_apprise_its_addresses_are_refused_with_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ReceiverRefused, match=r"pip install klantbus\[apprise\]"):
        await Apprise().send(LETTER_ONE, "ntfy://topic")


def test_a_card_never_outgrows_what_teams_takes():
    words = "€" * 280
    items = tuple(replace(LETTER_ONE.items[0], lines=(("Words", words),) * 4) for _ in range(100))
    assert len(as_card(replace(LETTER_ONE, items=items))) <= LARGEST
