"""The facts that the demo bank gives, by name and kind: those of its queries' values and rows, and of receipts."""

from collections.abc import Mapping

from tellerbot.types import FactKind

_TRANSACTION = (
    "day:date payee:text amount:money paid:money account:label last4:digits state:label category:label kind:label"
)
_FACTS: Mapping[str, tuple[str, str]] = {
    "balances": (
        "as_of:date total:money count:count earliest:date",
        "account:label last4:digits available:money current:money",
    ),
    "overdrawn": ("as_of:date", "account:label last4:digits available:money current:money needed:money"),
    "overdrawn_by": ("as_of:date account:label last4:digits available:money current:money", _TRANSACTION),
    "statements": ("", "account:label last4:digits start:date end:date opening:money closing:money ready:date"),
    "disputes": ("", "day:date payee:text amount:money charged:date account:label state:label decision:date"),
    "cards": (
        "",
        "card:label last4:digits status:label atm_limit:money purchase_limit:money credit_limit:money "
        "owed:money least_payment:money due:date",
    ),
    "card_bills": (
        "",
        "card:label last4:digits credit_limit:money owed:money least_payment:money due:date available_credit:money",
    ),
    "card_total": ("total:money count:count start:date end:date", ""),
    "card_transactions": ("count:count start:date end:date", _TRANSACTION),
    "transactions": ("count:count start:date end:date", _TRANSACTION),
    "recent_transactions": ("", _TRANSACTION),
    "received": ("", _TRANSACTION),
    "pending_transactions": ("", _TRANSACTION),
    "recent_transfers": ("", _TRANSACTION),
    "salary": (
        "last_day:date last_payee:text last_amount:money last_paid:money last_account:label "
        "last_last4:digits last_state:label last_category:label last_kind:label interval:count "
        "next_day:date",
        _TRANSACTION,
    ),
    "total": ("total:money count:count received:money received_count:count start:date end:date", ""),
    "average": ("total:money count:count start:date end:date average:money monthly:money", ""),
    "largest": ("count:count start:date end:date largest:money", _TRANSACTION),
    "compare": (
        "total:money count:count received:money received_count:count start:date end:date "
        "other_total:money other_count:count other_received:money other_received_count:count "
        "other_start:date other_end:date difference:money direction:label change:percent than:label "
        "category:label",
        "",
    ),
    "interest_paid": (
        "earned:money earned_count:count charged:money charged_count:count start:date end:date",
        "account:label last4:digits earned:money",
    ),
    "fees_paid": ("total:money count:count start:date end:date", _TRANSACTION),
    "breakdown": (
        "total:money start:date end:date top:label top_total:money",
        "category:label total:money count:count share:percent",
    ),
    "spent_by_payee": (
        "total:money start:date end:date top:text top_total:money",
        "payee:text total:money count:count share:percent",
    ),
    "repeated_charges": ("count:count total:money start:date end:date", _TRANSACTION + " first_day:date"),
    "left_after": (
        "as_of:date own_account:label last4:digits available:money total:money verdict:label leaves:label rest:money",
        "payee:text kind:label amount:money day:date account:label",
    ),
    "pay_first": (
        "next_day:date verdict:label order:label",
        "payee:text kind:label amount:money day:date account:label",
    ),
    "loan_check": (
        "product:label rate:percent least:money most:money shortest:count longest:count amount:money months:count "
        "income:money payment:money share:percent verdict:label",
        "",
    ),
    "loans": (
        "assumption:label",
        "loan:label owed:money payment:money due:date apr:percent payments_left:count last_due:date",
    ),
    "loan_extra": (
        "amount:money",
        "loan:label owed:money payment:money due:date apr:percent payments_left:count last_due:date "
        "owed_after:money left_after:count sooner:count",
    ),
    "transfer_targets": ("", "target:text place:label last4:digits"),
    "upcoming_payments": (
        "total:money count:count start:date end:date",
        "payee:text kind:label amount:money day:date account:label",
    ),
    "standing_orders": ("", "payee:text amount:money next_day:date account:label every:label"),
    "direct_debits": ("", "payee:text amount:money next_day:date account:label"),
    "payees": ("", "payee:text bank:label last4:digits nickname:text"),
    "price_changes": (
        "",
        _TRANSACTION
        + " "
        + " ".join(f"earlier_{one}" for one in _TRANSACTION.split())
        + " difference:money direction:label",
    ),
    "cds": (
        "as_of:date",
        "account:label last4:digits current:money rate:percent matures:date days:count earns:money "
        "at_end:money charged:count charge:money paid_out:money",
    ),
    "moved_to_savings": ("start:date end:date total:money count:count taken_total:money taken_count:count", ""),
    "enough": (
        "as_of:date account:label last4:digits available:money amount:money verdict:label direction:label "
        "difference:money",
        "",
    ),
    "fees": (
        "atm_out_of_network:money atm_inquiry:money atm_abroad:money overdraft:money wire_domestic:money "
        "wire_international:money wire_international_in:money monthly_everyday:money "
        "monthly_premier:money card_rush:money stop_payment:money cashiers_check:money "
        "statement_copy:money foreign_transaction:percent",
        "",
    ),
    "savings_rates": ("as_of:date", "product:label rate:percent minimum:money"),
    "loan_rates": ("as_of:date", "product:label rate:percent"),
    "mortgage_rates": ("as_of:date", "product:label rate:percent"),
    "phones": ("support_phone:phone cards_phone:phone fraud_phone:phone lending_phone:phone crisis_phone:phone", ""),
    "exchange_rates": ("as_of:date", "currency:label units:count we_sell:money we_buy:money"),
    "branches": ("", "branch:label address:label opens:time closes:time saturday:label"),
    "open_branches": (
        "day:date weekday:label",
        "branch:label address:label opens:time closes:time saturday:label hours:label",
    ),
    "product_comparison": ("as_of:date", "product:label rate:percent minimum:money term:count access:label"),
    "deposit_projection": (
        "as_of:date amount:money assumption:label months:count",
        "product:label rate:percent minimum:money term:count total:money interest:money",
    ),
    "loan_estimate": (
        "as_of:date amount:money months:count assumption:label",
        "product:label rate:percent payment:money total:money interest:money",
    ),
    "action_limits": ("as_of:date limit:money remaining:money month_limit:money month_remaining:money", ""),
    "scheduled_payments": ("", "payee:text amount:money day:date account:label last4:digits kind:label"),
    "stoppable_payments": ("", "payee:text amount:money day:date account:label last4:digits kind:label fee:money"),
    "checking_accounts": ("", "account:label last4:digits available:money"),
    "disputable": ("", _TRANSACTION),
    "profile": ("address:text phone_end:digits", ""),
    "free_appointments": ("", "branch:label day:date time:time"),
    "appointments": ("", "branch:label day:date time:time topic:text address:label"),
}

_CARD = "card:label last4:digits status:label"
_PAYEE = "payee:text bank:text payee_last4:digits"
_ACCOUNT = "account:label last4:digits available:money"
_TO = "to_account:label to_last4:digits to_available:money"
_RECEIPTS: Mapping[str, str] = {
    "move_money": f"amount:money day:date state:label {_ACCOUNT} {_TO}",
    "pay_payee": f"amount:money day:date state:label {_PAYEE} {_ACCOUNT}",
    "add_payee": _PAYEE,
    "set_standing_order": f"amount:money next_day:date every:label {_PAYEE} {_ACCOUNT} {_TO}",
    "cancel_standing_order": "payee:text amount:money day:date account:label last4:digits last_day:date",
    "cancel_direct_debit": "payee:text amount:money day:date account:label last4:digits last_day:date",
    "change_direct_debit": f"payee:text amount:money day:date {_ACCOUNT}",
    "stop_payment": f"payee:text amount:money day:date kind:label next_day:date fee:money {_ACCOUNT}",
    "stop_check": f"number:digits amount:money until:date fee:money {_ACCOUNT}",
    "freeze_card": _CARD,
    "unfreeze_card": _CARD,
    "report_card": _CARD,
    "order_card": f"fee:money account:label available:money delivery:label arrives:date {_CARD}",
    "activate_card": _CARD,
    "change_card_limit": f"limit:money limit_before:money {_CARD}",
    "set_travel_notice": f"place:text start:date end:date {_CARD}",
    "dispute_transaction": "payee:text amount:money charged:date account:label last4:digits state:label decision:date",
    "change_address": "address:text",
    "change_phone": "phone_end:digits",
    "order_statement": f"fee:money start:date end:date way:label {_ACCOUNT}",
    "book_appointment": "branch:label day:date time:time topic:text address:label",
    "cancel_appointment": "branch:label day:date time:time",
    "open_savings": f"rate:percent matures:date amount:money day:date {_ACCOUNT} {_TO}",
}


def facts_of(query: str) -> tuple[Mapping[str, FactKind], Mapping[str, FactKind]]:
    """Return the facts of a query's values and of its rows, each with its kind."""
    values, rows = _FACTS[query]
    return _kinds(values), _kinds(rows)


def receipt_facts(action: str) -> Mapping[str, FactKind]:
    """Return the facts of an action's receipt, each with its kind."""
    return _kinds(_RECEIPTS[action])


def _kinds(text: str) -> dict[str, FactKind]:
    return {name: kind for name, kind in (one.split(":") for one in text.split())}  # type: ignore[misc]
