"""When the house is open: working days and business time, exact on the 23-hour and the 25-hour day (RULES 4).

    settings --opening--> week, closed, special --timeline--> sorted arrays --calendar--> answers

A `Calendar` is explicit and versioned: it holds dates, not rules of thumb. `dutch` only helps to write one.
"""

from klantbus.domain.calendar.calendar import Calendar
from klantbus.domain.calendar.dutch import GoodFriday, LiberationDay, dutch_holidays
from klantbus.domain.calendar.opening import BadCalendar

__all__ = ["BadCalendar", "Calendar", "GoodFriday", "LiberationDay", "dutch_holidays"]
