import pytest

from klantbus.bus.errors import Misuse
from klantbus.bus.kafka import KafkaLog, Mechanism, Protocol, Security
from klantbus.bus.kafka.security import security_from

SECRET = "open sesame"  # noqa: S105  what must never be seen
SCRAM = Security(protocol=Protocol.SASL_SSL, username="sales", password=SECRET, authority="ca.pem")
MTLS = Security(protocol=Protocol.SSL, certificate="c.pem", key="k.pem", key_password=SECRET)


@pytest.mark.parametrize("security", [SCRAM, MTLS])
def test_a_secret_is_never_printed(security):
    assert SECRET not in repr(security) + str(security)


def test_a_log_that_is_printed_tells_no_secret():
    with_password = Security(protocol=Protocol.SASL_SSL, username="sales", password=SECRET)
    assert SECRET not in repr(vars(KafkaLog("127.0.0.1:1", security=with_password)))


@pytest.mark.parametrize("security", [SCRAM, MTLS])
def test_a_certificate_that_cannot_be_read_is_misuse_and_tells_no_secret(security):
    with pytest.raises(Misuse, match=r"cannot be used.*ssl\.") as refusal:
        KafkaLog("127.0.0.1:1", security=security)
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("server", ["127.0.0.1:9092", "localhost:9092", "[::1]:9092", "127.1.2.3:1"])
def test_plain_text_over_loopback_is_the_default(server):
    assert Security().settings(server) == {"security.protocol": "PLAINTEXT"}


@pytest.mark.parametrize(
    "server", ["10.0.0.1:9092", "kafka:9092", "127.0.0.1:9092,kafka:9092", "localhost.x:1"]
)
def test_plain_text_to_a_network_is_refused_unless_it_is_said_to_be_ours(server):
    with pytest.raises(Misuse, match="would show facts about customers to the network"):
        Security().settings(server)
    assert Security(trusted_network=True).settings(server) == {"security.protocol": "PLAINTEXT"}


def test_a_password_goes_by_scram_over_tls():
    assert SCRAM.settings("kafka:9093") == {
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "SCRAM-SHA-512",
        "sasl.username": "sales",
        "sasl.password": SECRET,
        "ssl.ca.location": "ca.pem",
    }


def test_mutual_tls_shows_a_certificate():
    assert MTLS.settings("kafka:9093") == {
        "security.protocol": "SSL",
        "ssl.certificate.location": "c.pem",
        "ssl.key.location": "k.pem",
        "ssl.key.password": SECRET,
    }


@pytest.mark.parametrize("protocol", [Protocol.SASL_SSL, Protocol.SSL])
def test_a_half_filled_form_is_refused(protocol):
    with pytest.raises(Misuse, match="needs KLANTBUS_KAFKA_"):
        Security(protocol=protocol)


def test_the_environment_says_who_we_are():
    environ = {
        "KLANTBUS_KAFKA_PROTOCOL": "SASL_SSL",
        "KLANTBUS_KAFKA_MECHANISM": "SCRAM-SHA-256",
        "KLANTBUS_KAFKA_USERNAME": "sales",
        "KLANTBUS_KAFKA_PASSWORD": SECRET,
        "PATH": "/bin",
    }
    assert security_from(environ) == Security(
        protocol=Protocol.SASL_SSL, mechanism=Mechanism.SHA_256, username="sales", password=SECRET
    )
    assert security_from({}) == Security()
    assert security_from({"KLANTBUS_KAFKA_TRUSTED_NETWORK": "1"}).trusted_network


@pytest.mark.parametrize(
    "environ",
    [
        {"KLANTBUS_KAFKA_PROTOCOL": "SASL_PLAINTEXT"},
        {"KLANTBUS_KAFKA_MECHANISM": "PLAIN"},
        {"KLANTBUS_KAFKA_PASWORD": SECRET},
    ],
)
def test_a_setting_that_does_not_exist_is_refused_without_its_value(environ):
    with pytest.raises(Misuse, match="KLANTBUS_KAFKA_") as refusal:
        security_from(environ)
    assert SECRET not in str(refusal.value)
