"""Typed values in a customer's message: amounts, dates, periods, times, counts, and the customer's own things."""

from tellerbot.slots.amounts import unclear_amounts as unclear_amounts
from tellerbot.slots.days import has_no_such_day as has_no_such_day
from tellerbot.slots.find import find_slots as find_slots
from tellerbot.slots.follow import shift_period as shift_period
from tellerbot.slots.join import join_periods as join_periods
from tellerbot.slots.names import find_named as find_named
from tellerbot.slots.problems import problems as problems
from tellerbot.slots.terms import find_terms as find_terms
from tellerbot.slots.terms import last_day as last_day
from tellerbot.slots.unknown import find_unknown as find_unknown
