"""departments.toml, and what is made from it: topics and who may do what."""

import pytest

from klantbus.bus.access import Grant, Kind, Match, Operation, grants
from klantbus.bus.departments import DEFAULT_FILE, STATED_BY_THE_BUS, load_departments, read_departments
from klantbus.bus.errors import DepartmentsRefused
from klantbus.bus.ports import PARTITIONS
from klantbus.bus.topics import DERIVED, EVENTS, VERDICTS, department_of, topic_of, topic_specs
from klantbus.domain.events import PAYLOADS

TEXT = DEFAULT_FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def departments():
    return load_departments()


@pytest.fixture(scope="module")
def plan(departments):
    return grants(departments)


@pytest.mark.parametrize("event_type", sorted(PAYLOADS))
def test_every_event_type_is_stated_by_somebody_or_follows_from_facts(departments, event_type):
    stating = [name for name in departments.names() if departments.may_state(name, event_type)]
    assert bool(stating) != (event_type in STATED_BY_THE_BUS)


def test_a_department_states_what_its_work_brings_and_no_more(departments):
    assert departments.may_state("logistics", "delivery.completed")
    assert not departments.may_state("sales", "delivery.completed")
    assert not departments.may_state("finance", "customer.merged")
    assert not departments.may_state("nobody", "promise.made")


def test_any_department_promises_and_sees_a_chance(departments):
    for name in departments.names():
        assert departments.stated_by(name) >= {"promise.made", "opportunity.signalled", "event.corrected"}


def test_every_department_has_a_name_in_both_languages_and_a_calendar(departments):
    for name in departments.names():
        entry = departments.departments[name]
        assert entry.title["en"]
        assert entry.title["nl"]
        assert departments.calendar_of(name).id in departments.calendars


def test_a_department_that_names_no_calendar_keeps_the_companys(departments):
    assert departments.calendar_of("sales").id == "office"
    assert departments.calendar_of("telephony").id == "telephone"
    assert departments.calendar_of("nobody").id == "office"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('en = "Sales", ', "", "departments.sales.title.en: Field required"),
        ('systems = ["crm"]', 'systms = ["crm"]', "departments.sales.systems: Field required"),
        ("[departments.sales]", "[departments.SALES]", "departments.SALES"),
        ('"invoice.issued"', '"invoice.isued"', "no department states 'invoice.isued'"),
        ('"invoice.issued"', '"verdict.changed"', "no department states 'verdict.changed'"),
        ('calendar = "telephone"', 'calendar = "phone"', "there is no calendar 'phone'"),
        ('{ "mon-fri" = ["08:30-17:00"] }', '{ "mon-fri" = ["17:00-08:30"] }', "calendars.office: "),
        ('"mail:sales@company.example"', '"sales@company.example"', "departments.sales.channels.0"),
        ("events = 1100", "events = 0", "retention.events"),
        ("[company]", "[company", "is no TOML"),
    ],
)
def test_what_does_not_add_up_is_refused_with_its_place(old, new, complaint):
    assert old in TEXT
    with pytest.raises(DepartmentsRefused) as refusal:
        read_departments(TEXT.replace(old, new, 1))
    assert complaint in str(refusal.value)
    assert str(refusal.value).startswith("departments.toml")


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "ours.toml").write_bytes('title = "Cafés"'.encode("cp1252"))
    with pytest.raises(DepartmentsRefused, match=r"ours\.toml is no TOML"):
        load_departments(tmp_path / "ours.toml")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DepartmentsRefused, match=r"nowhere\.toml cannot be read"):
        load_departments(tmp_path / "nowhere.toml")


def test_every_department_has_a_topic_that_is_kept_by_time_and_never_compacted(departments):
    specs = {spec.name: spec for spec in topic_specs(departments)}
    assert set(specs) == {*map(topic_of, departments.names()), *DERIVED}
    for name in departments.names():
        assert specs[topic_of(name)].retention_days == departments.retention.events
    assert {spec.partitions for spec in specs.values()} == {PARTITIONS}
    assert not any(spec.compacted for spec in specs.values())


def test_a_topic_tells_whose_it_is():
    assert department_of(topic_of("sales")) == "sales"
    assert department_of(VERDICTS) is None


def test_a_department_writes_its_own_topic_and_no_other(departments, plan):
    for name in departments.names():
        written = {grant.name for grant in plan if grant.principal == f"User:{name}"}
        assert written == {topic_of(name)}


def test_no_department_reads_the_log(departments, plan):
    people = {f"User:{name}" for name in departments.names()}
    assert not any(grant.principal in people and grant.operation is Operation.READ for grant in plan)


def test_only_the_bus_writes_what_it_derives(plan):
    writers = {
        grant.principal for grant in plan if grant.name in DERIVED and grant.operation is Operation.WRITE
    }
    assert all(writer.startswith("User:klantbus-") for writer in writers)
    assert Grant("User:klantbus-streams", Operation.WRITE, Kind.TOPIC, VERDICTS) in plan


def test_who_reads_every_department_also_reads_one_that_comes_later(plan):
    assert Grant("User:klantbus-projector", Operation.READ, Kind.TOPIC, EVENTS, Match.PREFIXED) in plan


def test_a_department_with_a_certificate_is_known_by_its_name_there():
    certified = read_departments(
        TEXT.replace('systems = ["mes"]', 'systems = ["mes"]\nprincipal = "CN=workshop,O=Company"', 1)
    )
    own = {grant.principal for grant in grants(certified) if grant.name == topic_of("workshop")}
    assert own == {"User:CN=workshop,O=Company"}
