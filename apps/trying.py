"""A test message, sent at once and kept nowhere: whether an address is right is seen before it matters."""

from collections.abc import Mapping, Sequence

from alerts.channels.port import Channel
from alerts.errors import AddressRefused
from alerts.grouping import name_of
from alerts.loop import Setting
from alerts.model import Address, Send
from alerts.sending import reveal
from alerts.words import Level
from apps.alerting import AlertSettings, channels_of, setting_of
from apps.settings import Settings
from klantbus.bus.clock import now


async def try_out(settings: Settings, to: str) -> Sequence[Mapping[str, object]]:
    """Send a test message to each address of `to`; return what each answered.

    Raises what a channel raises, and `AddressRefused` when `to` is neither a receiver nor an address.
    """
    setting = setting_of(settings, AlertSettings(), None)
    channels = channels_of(AlertSettings())
    receiver = setting.company.receivers.get(to)
    addresses = receiver.addresses if receiver else (Address.parse(to),)
    return [await _try(address, to, channels, setting) for address in addresses]


async def _try(
    address: Address, to: str, channels: Mapping[str, Channel], setting: Setting
) -> Mapping[str, object]:
    moment = now()
    send = Send(name_of(str(address), str(moment)), Level.TEST, to, address, moment, ())
    if address.channel not in channels:
        raise AddressRefused(f"{to} is no receiver of departments.toml and no channel:address")
    letter = setting.writer.write(send, ())
    said = await channels[address.channel].send(letter, reveal(address.to, setting.secrets))
    return {"to": to, "over": address.channel, "answer": said, "key": send.id}
