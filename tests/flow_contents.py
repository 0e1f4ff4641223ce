"""Small flows as their files would say them."""

from typing import Any

PAY: dict[str, Any] = {
    "title": "Pay somebody",
    "slots": {
        "account": {"kind": "account", "label": "From", "cues": ["from"]},
        "to": {"kind": "payee", "label": "To", "cues": ["to"]},
        "amount": {"kind": "money", "label": "Amount"},
        "day": {"kind": "date", "label": "When", "default": "today"},
    },
    "steps": [
        {"collect": "to", "ask": "To whom?", "makes": "new_payee"},
        {"collect": "account", "ask": "From which account?"},
        {"query": "balances", "uses": {"account": "account"}, "prefix": "source"},
        {
            "collect": "amount",
            "ask": "How much?",
            "valid": [{"if": "amount <= source_available", "else": "You have {source_available:money}. How much?"}],
        },
        {"collect": "day", "ask": "When?"},
        {
            "confirm": "pay",
            "ask": "Shall I send this?",
            "uses": {"payee": "to"},
            "also": {"Available": "{source_available:money}"},
        },
        {"do": "pay", "receipt": "Sent:", "lines": {"Amount": "{amount:money}"}},
    ],
}
NEW_PAYEE: dict[str, Any] = {
    "title": "Add a payee",
    "slots": {"name": {"kind": "text", "label": "Name"}},
    "steps": [
        {"collect": "name", "ask": "What is the name?"},
        {"confirm": "add_payee", "ask": "Shall I save this?"},
        {"do": "add_payee", "receipt": "Saved."},
    ],
}
# Two actions, the second with a one-time code; "later" is no argument of the first.
SECURE: dict[str, Any] = {
    "title": "Secure an account",
    "slots": {"amount": {"kind": "money", "label": "Amount"}, "note": {"kind": "text", "label": "Note"}},
    "steps": [
        {"collect": "amount", "ask": "How much?"},
        {"confirm": "order", "ask": "Shall I order it?"},
        {"do": "order", "receipt": "Ordered."},
        {"collect": "note", "ask": "Which note?"},
        {"confirm": "secure", "ask": "Shall I secure it?"},
        {"do": "secure", "receipt": "Secured."},
    ],
}
# One that calls another, which runs an action of its own.
OUTER: dict[str, Any] = {
    "title": "Order a card",
    "slots": {"way": {"kind": "option", "label": "How", "options": {"fast": "By courier", "slow": "By mail"}}},
    "steps": [
        {"call": "inner"},
        {"collect": "way", "ask": "By courier or by mail?"},
        {"confirm": "order", "ask": "Shall I order it?"},
        {"do": "order", "receipt": "Ordered."},
    ],
}
INNER: dict[str, Any] = {
    "title": "Check the number",
    "slots": {
        "number": {"kind": "number", "label": "Number"},
        "phone": {"kind": "phone", "label": "Phone"},
    },
    "steps": [
        {"collect": "number", "ask": "Which number?"},
        {"collect": "phone", "ask": "Which phone?"},
        {"confirm": "pay", "ask": "Shall I check it?"},
        {"do": "pay", "receipt": "Checked."},
    ],
}
FLOWS = {"pay": PAY, "new_payee": NEW_PAYEE, "secure": SECURE, "outer": OUTER, "inner": INNER}
