"""What a figure is: finding amounts, percentages, dates, times, phone numbers and numbers in a text.

Figures are found in digits and in words, and brought to one canonical value, so that `$2,682.00`, `2682 dollars` and
`two thousand six hundred and eighty-two dollars` are the same figure. When in doubt something counts as a figure: a
reply with an untraced figure is not sent, so a miss would be the worse error.
"""

from tellerbot.figures.figure import Figure as Figure
from tellerbot.figures.figure import FigureKind as FigureKind
from tellerbot.figures.find import find_figures as find_figures
from tellerbot.figures.find import locate_figures as locate_figures
from tellerbot.figures.find import place_figures as place_figures
