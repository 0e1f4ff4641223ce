"""The words by which a reply promises something: small patterns, one a row, for `responses.promises`."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["done", "coming", "told"]

# What a bank changes for a customer, and what is irregular of it.
_CHANGES = """
    activate add adjust apply approve arrange attach authorize block book cancel change clear close complete confirm
    correct create credit deactivate delete deposit disable dispute do enable enroll extend file finish fix freeze fulfill
    give grant increase initiate install issue link lift lock lower mail make move open order pay place post postpone
    prepare process provide put raise reactivate record redirect refund register reimburse release remove rename renew
    replace report request reroute reschedule reset resolve restore return reverse revoke save schedule send set settle
    shut sort split start stop submit suspend switch take terminate top transfer turn unblock undo unfreeze unlink unlock
    update upgrade verify void waive wire withdraw
""".split()
_IRREGULAR = {
    "do": "done|did", "freeze": "frozen|froze", "give": "given|gave", "make": "made", "pay": "paid", "put": "put",
    "reset": "reset", "send": "sent", "set": "set", "shut": "shut", "split": "split", "take": "taken|took",
    "undo": "undone|undid", "unfreeze": "unfrozen|unfroze", "withdraw": "withdrawn|withdrew",
}  # fmt: skip


def _past(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    return f"{verb[:-1]}ied" if re.search(r"[^aeiou]y$", verb) else f"{verb}{verb[-1]}?ed"


def _words(text: str) -> str:
    """The words of a list as one alternative."""
    return f"(?:{'|'.join(text.split())})"


_CHANGE = _words(" ".join(_CHANGES))
_CHANGED = rf"(?:{'|'.join(_past(verb) for verb in _CHANGES)})"
# Words that are the same in the present say nothing of the past.
_DID = rf"(?!(?:put|reset|set|shut|split)\b){_CHANGED}"
_NOW = (
    r"(?:(?:now|just|already|also|gladly|successfully|personally|happily|immediately|certainly|soon|shortly|then|since|"
    r"currently|fully|both|all|quickly|automatically|right away|at once|of course|(?:gone|went|go) ahead and) )*"
)
_I = r"\b(?:I|we)"
_HAVE = r"(?:'ve| have)"
_AM = r"(?:'m|'re| am| are)"
_WILL = r"(?:'ll| will| shall|(?:'m|'re| am| are|'s| is) (?:going|about) to)"
_IS = r"(?:'s|'re| is| are)"
# Who works at the bank.
_STAFF = (
    r"\b(?:colleagues?|agents?|person|human|specialists?|advis[eo]rs?|managers?|supervisors?|representatives?|experts?|"
    r"someone|somebody|teams?|departments?|desk|branch|bank|staff|office)"
)
_THING = r"\b(?:your|the|this|that|it|these|those|everything|both|they|a|an)\b"

# After "I have": what was read, thought or said here changes nothing.
_LOOKED = _words(
    """added_up answered calculated checked compared counted described dedicated explained found got had heard included
    learned left limited listed looked mentioned misunderstood missed need needed noticed promised read received recognized
    searched seen shown tried understood used wanted worked"""
)
# After "I will": what is said here and now.
_TALK = (
    r"(?:answer|assume|explain|find|go (?:over|through)|guess|have to|help|leave it|list|name|need|only need|read|remember|repeat|"
    r"say|show|start|stay|stick|take (?:it|that) (?:as|that)|try|walk you|work (?:it |that )?out|check(?! (?:with|back|on))|"
    r"look(?! (?:into|after))|be (?:able|glad|happy|here|honest|brief|quick|there)|ask you|tell you(?! (?:when|once|as soon))|"
    r"give you (?:the|your|an? (?:example|figure|answer|idea)))\b"
)
# After "I am": the same, and how the assistant is.
_TALKING = _words(
    """aiming asking assuming being calling_it checking_that doing feeling finding getting glad going guessing having
    hearing hoping listening looking_at looking_forward looking_up meaning missing offering only reading referring_to saying
    seeing showing speaking sure talking thinking trying understanding using waiting wondering writing""".replace("_", " ~")
).replace("|~", " ")
_OTHERS = r"(?!(?: you\b))"
_TELLS = (
    r"(?:told|telling|informed|informing|notified|notifying|alerted|alerting|briefed|briefing|warned|warning|asked|asking|"
    r"contacted|contacting|messaged|messaging|emailed|emailing|called|calling)"
)
_PASSES = (
    r"(?:passed|passing|forwarded|forwarding|escalated|escalating|handed|handing|flagged|flagging|referred|referring|"
    r"assigned|assigning|routed|routing|connected|connecting|redirected|redirecting)"
)
_REPORTED = r"(?:sent|sending|reported|reporting|submitted|submitting|given|giving|taken|taking|brought|bringing|raised|raising|shared|sharing|mentioned)"
_NEWS = (
    r"(?:confirmation|message|e-?mail|text|letter|call|card|refund|money|code|reply|answer|update|notification|receipt|"
    r"reminder|response|alert|credit|invitation|form|link|offer|decision)"
)
_CONTACT = (
    r"(?:answer|arrange|be|block|call|cancel|check|come|contact|email|explain|fix|freeze|get|give|go|guide|handle|help|"
    r"investigate|issue|let|look|make|message|move|phone|reach|refund|reply|resolve|respond|review|ring|see|send|sort|take|tell|text|"
    r"walk|work|write)"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A pattern for a clause, or for the `is_whole` sentence, and the kind of promise it makes.

    `depends`: the customer's own next step as a condition makes it none. `is_general`: so do a condition and a word
    such as "usually". `is_record`: so does a day, by which it is read from records.
    """

    kind: Kind
    pattern: re.Pattern[str]
    depends: bool = False
    is_general: bool = False
    is_record: bool = False
    is_whole: bool = False


def _row(kind: Kind, pattern: str, **flags: bool) -> Row:
    return Row(kind, re.compile(pattern, re.IGNORECASE), **flags)


ROWS = (
    # Somebody was told, or is being told.
    _row("told", rf"{_I}(?:{_HAVE}|{_AM})? {_NOW}{_TELLS}\b{_OTHERS}"),
    _row("told", rf"{_I}(?:{_HAVE}|{_AM})? {_NOW}{_PASSES}\b"),
    _row("told", rf"{_I}(?:{_HAVE}|{_AM})? {_NOW}(?:let|letting) (?!you\b)(?:\S+ ){{1,4}}know\b"),
    _row("told", rf"{_I}(?:{_HAVE}|{_AM})? {_NOW}(?:transferr(?:ed|ing)|put(?:ting)?) you\b"),
    _row("told", rf"{_I}(?:{_HAVE}|{_AM})? {_NOW}{_REPORTED} .*\b(?:to|with|by) .*{_STAFF}\b"),
    _row("told", rf"{_I}{_HAVE}? {_NOW}(?:opened|raised|created|logged) an? (?:\w+ )?(?:case|ticket)\b"),
    _row("told", rf"(?:{_HAVE}|'s| has| was| were|being) {_NOW}(?:been )?{_NOW}(?:{_TELLS}|{_PASSES}|made aware)\b"),
    _row("told", rf"{_STAFF}\b.* {_NOW}(?:knows?|(?:is|are) {_NOW}aware)\b"),
    _row("told", rf"{_STAFF}\b.* {_NOW}(?:has|have|sees?|takes? over|takes? on) {_NOW}(?:this|your|the|it|what you)\b"),
    _row("told", rf"{_STAFF}\b[^,]*{_IS} {_NOW}(?:on it|(?:looking|working|reading|reviewing|handling|taking|checking|joining)\b)"),
    _row("told", rf"{_IS} {_NOW}(?:with|in the hands of) .*{_STAFF}\b"),
    _row("told", r"^(?:connecting|transferring|passing|putting|handing|escalating|forwarding) (?:you|this|it|your)\b"),
    _row("told", r"\bwhile I (?:transfer|connect|pass|put|hand) you\b"),
    # Something was done.
    _row("done", rf"{_I}{_HAVE} {_NOW}(?!{_LOOKED}\b)(?:\w+ed|{_CHANGED})\b"),
    _row("done", rf"{_I} {_NOW}{_DID}\b"),
    _row("done", rf"{_I} (?:(?:was|were|have been|'ve been) able|managed) to {_CHANGE}\b"),
    _row("done", rf"(?:{_STAFF}|\bwho)\b.*(?:'ve| has| have) {_NOW}{_CHANGED}\b"),
    _row("done", rf"(?:'ve|'s| has| have) {_NOW}been {_NOW}{_CHANGED}\b"),
    _row("done", rf"{_THING}.* (?:was|were) {_NOW}{_CHANGED}\b", is_record=True, is_general=True),
    _row("done", rf"{_THING}.* (?:went through|(?:was|is) successful)\b", is_record=True, is_general=True),
    _row("done", rf"{_THING}.*{_IS} now {_NOW}(?:{_CHANGED}|active|in place|on hold|live)\b"),
    _row("done", rf"{_THING}.*{_IS} {_NOW}(?:{_CHANGED}|active|in place|on hold|live) now\b"),
    _row("done", rf"\b(?:your|it|this|that|everything)\b.*{_IS} {_NOW}(?:booked|filed|submitted|arranged|taken care of|sorted|fixed|done|in place)\b"),
    _row("done", rf"{_IS} {_NOW}on (?:its|the|their) way\b"),
    _row("done", r"^(?:all )?(?:done|set|sorted|fixed)$|^(?:you're|we're|you are) all set\b|^consider it done\b"),
    _row("done", rf"^(?!get|have|keep|make)(?:[\w']+ ){{1,3}}(?:{_CHANGED}|complete|successful)[.!]", is_whole=True),
    # Something will be done.
    _row("coming", rf"{_I}{_WILL} {_NOW}(?!{_TALK})(?!not\b|never\b)\w+", depends=True),
    _row("coming", rf"{_I}{_AM} {_NOW}(?!{_TALKING}\b)\w+ing\b", depends=True),
    _row("coming", rf"{_STAFF}\b.*{_WILL} {_NOW}(?!need\b|have to\b|know\b|never\b|not\b)\w+", depends=True),
    _row("coming", rf"\b(?:they|who){_WILL} {_NOW}{_CONTACT}\b", depends=True),
    _row("coming", rf"\byou(?:{_WILL}| should) {_NOW}(?:receive|hear (?:back|from))\b", depends=True, is_general=True),
    _row("coming", rf"\byou{_WILL} {_NOW}be (?:contacted|called|notified|refunded|credited|sent|reimbursed|informed|connected|transferred)\b", depends=True, is_general=True),
    _row("coming", rf"\byou(?:{_WILL}| should) {_NOW}(?:get|have|see) (?:\S+ ){{0,4}}{_NEWS}\b", depends=True, is_general=True),
    _row("coming", rf"\b(?:can )?expect (?:to (?:hear|receive|get)|(?:\S+ ){{1,3}}{_NEWS})\b", depends=True, is_general=True),
    _row("coming", rf"{_WILL} {_NOW}be {_NOW}(?:{_CHANGED}|in touch|with you|on its way)\b", depends=True, is_general=True),
    _row("coming", rf"{_WILL} {_NOW}(?:arrive|reach you)\b", depends=True, is_general=True),
    _row("coming", rf"{_IS} {_NOW}being {_NOW}(?:{_CHANGED}|handled|reviewed|looked (?:into|at)|worked on|dealt with)\b", depends=True, is_general=True),
    _row("coming", rf"\b(?:let me|allow me to|while I) {_NOW}{_CHANGE}\b", depends=True),
    _row("coming", r"^\w+ing (?:your|the|it|this|that|a new)\b.* (?:now|right away|at once|\.\.\.)$"),
)  # fmt: skip

CLAUSE_END = re.compile(
    r"[,;:()]\s+|\s[-–—]+\s+|—|\s(?=(?:who|which)\s)|\s(?:and|but|so|or|then|because|as)\s(?!soon|that)", re.IGNORECASE
)
LEAD = re.compile(rf"{_I}(?:{_HAVE}|{_AM})?\b", re.IGNORECASE)
VERB_FIRST = re.compile(rf"{_NOW}(?:have|am|\w+(?:ed|ing)|{_CHANGED}|told|let)\b", re.IGNORECASE)
NEGATION = re.compile(
    r"n't\b|\b(?:not|never|no|nothing|nobody|none|neither|nor|cannot|without|instead of)\b", re.IGNORECASE
)
# In a claim: it is one of the things that may be so. "That" before a verb belongs to the noun before it.
SUBORDINATE = re.compile(
    r"\b(?:if|when|whenever|once|until|unless|whether|after|before|as soon as|where|in case|what(?! you)|how|why|possible)\b|"
    r"\b(?:can|could|may|might|must|should|would) (?:have|be|already|now)\b|"
    r"\w (?:that|which)(?:'s| has| have| is| are| was| were| will)\b",
    re.IGNORECASE,
)
GENERAL = re.compile(r"\b(?:usually|normally|generally|typically|often|always|every|each|any|sometimes)\b", re.IGNORECASE)
CONDITION = re.compile(r"\bif\b", re.IGNORECASE)
OWN_STEP = re.compile(
    r"\b(?:if|once|when|whenever|after|as soon as|until|before|in case) you\b|"
    r"\b(?:after|on|upon|with) your (?:yes|confirmation|reply|answer|approval|ok|permission)\b",
    re.IGNORECASE,
)
REQUEST = re.compile(
    r"(?:please |just |then |or |so )*(?:say|tell|ask|send|type|write|give|reply|answer|confirm|name|choose|pick|let me know|"
    r"sign in|enter|call|come|bring|show|visit|use|open)\b.*\band (?:I|we|a|our|the)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"(?:and |or |so |but |if |then )*(?:shall|should|would|will|do|does|did|is|are|was|were|has|have|had|can|could|may|what|"
    r"when|where|which|who|whose|why|how|am|if)\b",
    re.IGNORECASE,
)
REASSURANCE = re.compile(
    r"^(?:no (?:problem|worries)|not to worry|(?:please )?don't worry|not at all)[,.!:;-]* ", re.IGNORECASE
)
ANNOUNCED = re.compile(r"^[-•] ")
