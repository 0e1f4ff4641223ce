"""How each of the demo bank's customers lives: what comes and goes month by month."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Regular:
    """What comes or goes at fixed times: on one day of every month, or every so many days.

    The latest time is `ago` days ago, in the future where negative; the first `skip` times are records already. Amounts
    vary by this share.
    """

    payee: str
    amount: str
    kind: str
    category: str
    ago: int
    skip: int = 0
    every: int = 0
    variation: float = 0.0


@dataclass(frozen=True, slots=True)
class Habit:
    """Payments now and then: so many a month, of an amount from `low` to `high` dollars, in steps of `step` cents."""

    payees: tuple[str, ...]
    category: str
    monthly: float
    low: float
    high: float
    kind: str = "purchase"
    step: int = 1


@dataclass(frozen=True, slots=True)
class Life:
    """One customer's comings and goings, the latest of them `latest` days ago.

    A month begins with about `cushion` dollars in the account: what is more goes to `savings`, what is less comes from
    `support`, or else from there.
    """

    account: str
    latest: int
    cushion: int
    regulars: tuple[Regular, ...]
    habits: tuple[Habit, ...]
    savings: str | None = None
    support: tuple[str, ...] = ()


def _bill(payee: str, amount: str, category: str, ago: int, variation: float = 0.0) -> Regular:
    return Regular(payee, amount, "purchase", category, ago, variation=variation)


def _order(payee: str, amount: str, category: str, ago: int) -> Regular:
    return Regular(payee, amount, "standing order", category, ago)


def _debit(payee: str, amount: str, category: str, due: int, skip: int = 1, variation: float = 0.0) -> Regular:
    return Regular(payee, amount, "direct debit", category, -due, skip, variation=variation)


_ATM_FEE = Habit(("Out-of-network ATM fee",), "fees", 0.6, 2.5, 2.5, "fee")


def _cash(monthly: float, low: int, high: int) -> Habit:
    return Habit(("ATM withdrawal",), "cash", monthly, low, high, "cash", 2000)


LIVES = (
    Life(
        "ACC-1001", 19, 1500, savings="ACC-1002",
        regulars=(
            Regular("Pinecone Publishing payroll", "2140.00", "salary", "income", 5, 2, 14),
            _order("Seabright Property Management", "-1900.00", "rent", 19),
            _order("Pine State Insurance", "-104.50", "insurance", 21),
            _debit("Northeast Light and Power", "-88.13", "utilities", 24, 2, 0.25),
            _debit("Granite Mobile", "-45.00", "utilities", 6),
            _bill("Downeast Broadband", "-59.99", "utilities", 23),
            _bill("Streamly", "-15.99", "subscriptions", 26),
            _bill("Tunebox", "-10.99", "subscriptions", 30),
            Regular("Travel credit card payment", "-780.00", "card payment", "card payments", 19, variation=0.2),
            Regular("Tunde Okafor", "-60.00", "transfer", "transfers", 40, every=61),
        ),
        habits=(
            Habit(("Harborview Grocers", "Munjoy Market", "Pantry Lane"), "groceries", 8, 24, 108),
            Habit(("Casco Coffee",), "dining", 9, 4, 10),
            Habit(("Noodle Row", "The Lobster Shed", "Tandoor House"), "dining", 3, 22, 68),
            Habit(("Sunrise Fuel", "Route One Gas"), "fuel", 3, 28, 52),
            Habit(("Metro Bus", "Harbor Cabs"), "transport", 2, 3, 18),
            Habit(("Maple Pharmacy",), "health", 1, 9, 48),
            Habit(("Bay Street Books", "Larkspur Clothing", "Homeward Goods"), "shopping", 2, 18, 120),
            Habit(("Nickel Cinema", "State Street Music Hall"), "entertainment", 1, 14, 55),
            Habit(("Coastline Rail", "Pinecrest Inn"), "travel", 0.3, 90, 340),
            Habit(("Shelter House Fund",), "gifts", 0.4, 20, 60, step=500),
            _cash(1.2, 40, 100), _ATM_FEE,
        ),
    ),
    Life(
        "ACC-2001", 3, 3200, savings="ACC-2002",
        regulars=(
            Regular("Lighthouse Dental payroll", "3015.44", "salary", "income", 12, 1, 14),
            _order("Eastern Promenade Apartments", "-2450.00", "rent", 5),
            _order("Pine State Insurance", "-138.20", "insurance", 10),
            Regular("Auto loan payment", "-412.30", "loan payment", "loans", -9, 1),
            _debit("Coastal Fitness", "-39.00", "subscriptions", 3),
            _bill("Northeast Light and Power", "-118.00", "utilities", 9, 0.25),
            _bill("Granite Mobile", "-65.00", "utilities", 8),
            _bill("Downeast Broadband", "-79.99", "utilities", 7),
            _bill("Streamly", "-15.99", "subscriptions", 4),
            Regular("Karin Lindqvist", "-120.00", "transfer", "transfers", 27, every=45),
        ),
        habits=(
            Habit(("Pantry Lane", "Harborview Grocers", "Green Basket"), "groceries", 7, 32, 130),
            Habit(("The Lobster Shed", "Copper Still", "Noodle Row"), "dining", 12, 18, 88),
            Habit(("Casco Coffee",), "dining", 8, 4, 12),
            Habit(("Bay Street Books", "Northern Outfitters", "Voltage Electronics"), "shopping", 5, 25, 190),
            Habit(("Route One Gas", "Sunrise Fuel"), "fuel", 3, 34, 62),
            Habit(("State Street Music Hall", "Nickel Cinema", "Harbor Bowl"), "entertainment", 3, 14, 90),
            Habit(("Skyline Air", "Pinecrest Inn"), "travel", 0.5, 150, 620),
            Habit(("Harbor Cabs",), "transport", 3, 9, 34),
            Habit(("Maple Pharmacy",), "health", 0.7, 9, 60),
            _cash(2, 60, 200), _ATM_FEE,
        ),
    ),
    Life(
        "ACC-3001", 5, 900, support=("Hartley Bridal", "Old Port Theater", "Casco Bay Hotel"),
        regulars=(
            _order("Birchwood Rentals", "-780.00", "rent", 8),
            Regular("Personal loan payment", "-148.90", "loan payment", "loans", -17, 1),
            _debit("Streamly", "-15.99", "subscriptions", 26, 2),
            _bill("Northeast Light and Power", "-64.00", "utilities", 14, 0.3),
            _bill("Kennebec Water District", "-36.00", "utilities", 21, 0.15),
            _bill("Granite Mobile", "-30.00", "utilities", 11),
            Regular("Rosa Reyes", "-150.00", "transfer", "transfers", 33, every=91),
            Regular("International wire fee", "-38.00", "fee", "fees", 33, every=91),
        ),
        habits=(
            Habit(("Munjoy Market", "Green Basket"), "groceries", 8, 16, 82),
            Habit(("Sunrise Fuel",), "fuel", 3, 22, 56),
            Habit(("Maple Pharmacy",), "health", 1.5, 8, 52),
            Habit(("Tandoor House", "Slice Wagon"), "dining", 4, 7, 32),
            Habit(("Thimble and Thread", "Homeward Goods"), "shopping", 3.5, 14, 105),
            Habit(("Metro Bus",), "transport", 4, 2, 12),
            Habit(("Nickel Cinema",), "entertainment", 0.8, 12, 36),
            _cash(1, 20, 80), _ATM_FEE,
        ),
    ),
    Life(
        "ACC-4001", 1, 540, savings="ACC-4002", support=("Farrow family",),
        regulars=(
            Regular("University Library payroll", "386.20", "salary", "income", 4, every=14),
            _order("Campus Housing Cooperative", "-450.00", "rent", 6),
            _debit("Granite Mobile", "-25.00", "utilities", 9),
            _bill("Tunebox", "-5.99", "subscriptions", 12),
            _bill("Streamly", "-7.99", "subscriptions", 20),
        ),
        habits=(
            Habit(("Green Basket", "Pantry Lane"), "groceries", 7, 9, 46),
            Habit(("Casco Coffee", "Slice Wagon"), "dining", 12, 3, 15),
            Habit(("Metro Bus",), "transport", 6, 2, 15),
            Habit(("Campus Bookstore",), "education", 0.5, 22, 120),
            Habit(("Nickel Cinema", "Harbor Bowl"), "entertainment", 2, 7, 28),
            Habit(("Larkspur Clothing", "Bay Street Books"), "shopping", 1.5, 9, 48),
            _cash(0.8, 20, 40), _ATM_FEE,
        ),
    ),
    Life(
        "ACC-5001", 1, 1900, savings="ACC-5002",
        regulars=(
            Regular("Social Security benefit", "1876.00", "deposit", "income", 8),
            Regular("Maine Teachers Pension", "640.50", "deposit", "income", 15),
            _order("Lucy Whitlock", "-150.00", "gifts", 14),
            _order("Pine State Insurance", "-212.40", "insurance", 10),
            _debit("Northeast Light and Power", "-131.40", "utilities", 18, 1, 0.3),
            _debit("Kennebec Water District", "-42.10", "utilities", 5),
            _bill("Downeast Broadband", "-54.99", "utilities", 17),
            _bill("Granite Mobile", "-35.00", "utilities", 22),
            Regular("City of Augusta property tax", "-410.00", "purchase", "utilities", 47, every=91),
            Regular("Saint Brendan Parish", "-20.00", "purchase", "gifts", 6, every=7),
            Regular("Cashback credit card payment", "-120.00", "card payment", "card payments", 17, variation=0.4),
        ),
        habits=(
            Habit(("Green Basket", "Capitol Market"), "groceries", 9, 16, 92),
            Habit(("Maple Pharmacy", "Kennebec Valley Clinic"), "health", 5, 8, 95),
            Habit(("Capitol Diner",), "dining", 6, 8, 34),
            Habit(("Route One Gas",), "fuel", 2, 26, 46),
            Habit(("Homeward Goods", "Bay Street Books"), "shopping", 1.5, 12, 85),
            Habit(("Coastline Rail",), "travel", 0.2, 60, 220),
            _cash(3.5, 40, 120), _ATM_FEE,
        ),
    ),
)  # fmt: skip
