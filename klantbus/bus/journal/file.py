"""What a journal's file is, and the statements for it."""

from klantbus.bus.seat import Form
from klantbus.bus.statements import statements

FORM = Form(application_id=0x6B627573, version=1, package=__package__, name="journal")  # "kbus"
SQL = statements(__package__, "journal.sql")
