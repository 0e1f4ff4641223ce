"""The demo bank's invented customers, and what each holds today."""

CUSTOMERS = {
    "ada": "Ada Okafor", "ben": "Ben Lindqvist", "carmen": "Carmen Reyes", "dina": "Dina Farrow",
    "ernest": "Ernest Whitlock",
}  # fmt: skip
# Id, customer, product, last digits, available, current.
ACCOUNTS = [
    ("ACC-1001", "ada", "Everyday Checking", "4821", "2682.00", "2724.65"),
    ("ACC-1002", "ada", "Steady Savings", "7730", "11450.12", "11450.12"),
    ("ACC-2001", "ben", "Premier Checking", "0359", "-36.20", "-36.20"),
    ("ACC-2002", "ben", "Goal Saver", "6114", "18200.00", "18200.00"),
    ("ACC-3001", "carmen", "Everyday Checking", "9047", "803.77", "918.77"),
    ("ACC-4001", "dina", "Everyday Checking", "2268", "376.17", "388.42"),
    ("ACC-4002", "dina", "Steady Savings", "5093", "1140.00", "1140.00"),
    ("ACC-5001", "ernest", "Everyday Checking", "1174", "1948.20", "1948.20"),
    ("ACC-5002", "ernest", "Steady Savings", "8846", "8215.66", "8215.66"),
    ("ACC-5003", "ernest", "Twelve-month CD", "3357", "15307.50", "15307.50"),
]
# Account, annual yield, term in months, matures in so many days.
CDS = [("ACC-5003", "4.10", 12, 97)]
# Id, customer, product, last digits, status, limits at cash machines and in shops.
CARDS = [
    ("CARD-11", "ada", "Debit card", "5512", "active", "600.00", "3000.00"),
    ("CARD-12", "ada", "Travel credit card", "8890", "active", None, None),
    ("CARD-21", "ben", "Debit card", "2204", "frozen", "600.00", "3000.00"),
    ("CARD-31", "carmen", "Debit card", "7716", "blocked until tomorrow after wrong PINs", "600.00", "3000.00"),
    ("CARD-41", "dina", "Debit card", "6045", "active", "300.00", "1000.00"),
    ("CARD-42", "dina", "Cashback credit card", "7731", "not activated yet", None, None),
    ("CARD-51", "ernest", "Debit card", "9921", "active", "600.00", "3000.00"),
    ("CARD-52", "ernest", "Cashback credit card", "1408", "active", None, None),
]
# Card, limit, owed, least payment, due in so many days.
CARD_BILLS = [
    ("CARD-12", "6000.00", "742.18", "35.00", 11),
    ("CARD-52", "4000.00", "118.75", "25.00", 13),
]
# Id, customer, product, owed, payment, due in so many days, APR.
LOANS = [
    ("LOAN-1", "ben", "Auto loan", "14210.55", "412.30", 9, "5.79"),
    ("LOAN-2", "carmen", "Personal loan", "3120.00", "148.90", 17, "9.25"),
]
# Account, days ago, payee, amount, kind, category, pending.
TRANSACTIONS = [
    ("ACC-1001", 0, "Harborview Grocers", "-42.65", "purchase", "groceries", True),
    ("ACC-1001", 1, "Casco Coffee", "-6.40", "purchase", "dining", False),
    ("ACC-1001", 3, "Transfer to Steady Savings", "-250.00", "transfer", "own transfers", False),
    ("ACC-1001", 5, "Pinecone Publishing payroll", "2140.00", "salary", "income", False),
    ("ACC-1001", 6, "Northeast Light and Power", "-88.13", "direct debit", "utilities", False),
    ("ACC-1001", 9, "ATM withdrawal", "-80.00", "cash", "cash", False),
    ("ACC-1001", 19, "Pinecone Publishing payroll", "2140.00", "salary", "income", False),
    ("ACC-1002", 3, "Transfer from Everyday Checking", "250.00", "transfer", "own transfers", False),
    ("ACC-2001", 0, "Transfer to an outside account", "-400.00", "transfer", "transfers", True),
    ("ACC-2001", 2, "Overdraft fee", "-25.00", "fee", "fees", False),
    ("ACC-2001", 2, "Bay Street Books", "-61.20", "purchase", "shopping", False),
    ("ACC-2001", 12, "Lighthouse Dental payroll", "3015.44", "salary", "income", False),
    ("ACC-3001", 0, "Sunrise Fuel", "-115.00", "purchase", "fuel", True),
    ("ACC-3001", 2, "Maple Pharmacy", "-23.18", "purchase", "health", False),
    ("ACC-3001", 4, "Streamly", "-15.99", "purchase", "subscriptions", False),
    ("ACC-3001", 4, "Streamly", "-15.99", "purchase", "subscriptions", False),
    ("ACC-4001", 0, "Casco Coffee", "-12.25", "purchase", "dining", True),
]
# Account, payee, amount, next in so many days.
DIRECT_DEBITS = [
    ("ACC-1001", "Northeast Light and Power", "88.13", 24),
    ("ACC-1001", "Granite Mobile", "45.00", 6),
    ("ACC-2001", "Coastal Fitness", "39.00", 3),
    ("ACC-3001", "Streamly", "15.99", 26),
    ("ACC-4001", "Granite Mobile", "25.00", 9),
    ("ACC-5001", "Northeast Light and Power", "131.40", 18),
    ("ACC-5001", "Kennebec Water District", "42.10", 5),
]
# Customer, payee, bank, last digits of the account, what the customer calls the payee.
PAYEES = [
    ("ada", "Seabright Property Management", "Harbor Trust", "6620", None),
    ("ada", "Tunde Okafor", "Fernhollow Bank", "3019", None),
    ("ada", "Grace Okafor", "Pinetree Savings", "8407", "Mom, Mum, Mother"),
    ("ben", "Eastern Promenade Apartments", "Pinetree Savings", "7441", None),
    ("ben", "Karin Lindqvist", "Harbor Trust", "2856", None),
    ("ben", "Karin Holm", "Fernhollow Bank", "6193", None),
    ("carmen", "Birchwood Rentals", "Fernhollow Bank", "9310", None),
    ("carmen", "Rosa Reyes", "Banco del Valle", "4472", None),
    ("dina", "Campus Housing Cooperative", "Pinetree Savings", "1185", None),
    ("ernest", "Lucy Whitlock", "Harbor Trust", "5027", None),
]
# Account, own account that the money goes to, amount, in so many days.
SCHEDULED = [("ACC-1001", "ACC-1002", "150.00", 12)]
# Customer, address, phone.
PROFILES = [
    ("ada", "27 Munjoy Street, Apartment 3, Portland, Maine 04101", "+1 207 555 0142"),
    ("ben", "310 Eastern Promenade, Portland, Maine 04101", "+1 207 555 0187"),
    ("carmen", "14 Birch Lane, Brunswick, Maine 04011", "+1 207 555 0119"),
    ("dina", "2 College Avenue, Room 218, Orono, Maine 04469", "+1 207 555 0165"),
    ("ernest", "9 Winthrop Street, Augusta, Maine 04330", "+1 207 555 0133"),
]
# Customer, branch, in so many business days, time, what it is about.
APPOINTMENTS = [
    ("ben", "old-port", 3, "10:30", "a mortgage"),
    ("ernest", "augusta", 4, "11:00", "a power of attorney"),
]
# Account, days ago of the charge (the next purchase before it), reported so many days later, state, decided after.
DISPUTES = [
    ("ACC-2001", 24, 3, "open", 45),
    ("ACC-3001", 150, 6, "decided in your favor", 21),
    ("ACC-5001", 80, 2, "decided for the merchant", 30),
]
