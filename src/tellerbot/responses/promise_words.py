"""The words by which a reply promises something: small patterns, one a row, for `responses.promises`."""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["done", "coming", "told"]

# What a bank changes for a customer, and what is irregular of it.
_CHANGES = """
    activate add adjust amend apply approve arrange attach authorize block book cancel change clear close complete confirm
    convert correct create credit deactivate delete deliver deposit disable dispatch dispute do drop enable enroll erase extend file finish fix forgive freeze fulfill
    give grant increase initiate install issue link lift lock lower mail make modify move open order pause pay place post postpone
    prepare process provide put raise reactivate record redirect reduce refund register reimburse release remove rename renew
    replace report request reroute reschedule reset resolve restore resume return reverse revoke save schedule send set settle
    ship shut sign sort split start stop submit subscribe suspend swap switch take terminate top transfer turn unblock undo unfreeze unlink unlock unsubscribe
    update upgrade verify void waive wire withdraw
""".split()
_IRREGULAR = {
    "do": "done|did", "forgive": "forgiven|forgave", "freeze": "frozen|froze", "give": "given|gave", "make": "made", "pay": "paid", "put": "put",
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
_SELF = rf"{_I}(?:{_HAVE}|{_AM})? {_NOW}"
_PASSIVE = rf"(?:(?:'ve|'s| has| have) {_NOW}been| was| were|(?:'s|'re| is| are) {_NOW}being) {_NOW}"
_WILL = r"(?:'ll| will| shall|(?:'m|'re| am| are|'s| is) (?:going|about) to)"
_IS = r"(?:'s|'re| is| are)"
# Who works at the bank.
_STAFF = (
    r"\b(?:colleagues?|agents?|(?:a|another) person|human|specialists?|advis[eo]rs?|managers?|supervisors?|representatives?|experts?|"
    r"someone|somebody|teams?|officers?|departments?|desk|branch|bank|staff)"
)
_ELSE = r"(?:police|merchant|shop|store|company|employer|sender|recipient|credit bureaus?)"
_IT = r"\b(?:your|(?:a|the) new|the (?:fee|charge|money|refund)|it|this|that(?='s| is)|they|everything)\b"
_THING = r"\b(?:your|the|this|that|it|these|those|everything|both|they|a|an)\b"

# After "I have": what was read, thought or said here changes nothing.
_LOOKED = _words(
    """added_up answered calculated checked compared counted described dedicated explained found got had heard included
    learned left_out limited listed looked mentioned misunderstood missed need needed noticed promised read received recognized
    searched seen shown tried understood used wanted worked""".replace("_", r"\s")
)
# After "I will": what is said here and now.
_TALK = (
    r"(?:answer|assume|explain|find|go (?:over|through)|guess|have to|help|leave it|list|name|need|only need|read|remember|repeat|"
    r"say|show|start|stay|stick|keep (?:it|this|that)|do (?:my|our) best|take (?:it|that) (?:as|that)|try|walk you|work (?:it |that )?out|check(?! (?:with|back|on))|"
    r"look(?! (?:into|after))|be (?:able|glad|happy|here|honest|brief|quick|there)|ask you|tell you(?! (?:when|once|as soon))|"
    r"give you (?:the|your|an? (?:example|figure|answer|idea)))\b"
)
# After "I am": the same, and how the assistant is.
_TALKING = _words(
    """aiming asking assuming being doing feeling finding getting going guessing having hearing hoping listening
    looking_(?!into) meaning missing offering reading referring saying seeing showing speaking talking thinking trying
    understanding using waiting wondering writing""".replace("_", r"\s")
)
_OTHERS = r"(?!(?: you\b))"
_TELLS = (
    r"(?:told|telling|informed|informing|notified|notifying|alerted|alerting|briefed|briefing|warned|warning|asked|asking|"
    r"contacted|contacting|messaged|messaging|emailed|emailing|called|calling)"
)
_PASSES = (
    r"(?:passed|passing|forwarded|forwarding|escalated|escalating|handed|handing|flagged|flagging|referred|referring|"
    r"assigned|assigning|routed|routing|connected|connecting)"
)
_BRINGS = (
    r"(?:sent|sending|reported|reporting|submitted|submitting|given|giving|taken|taking|brought|bringing|put|putting|"
    r"raised|raising|shared|sharing|mentioned|marked|marking)"
)
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
    _row("told", rf"{_SELF}{_TELLS}\b{_OTHERS}"),
    _row("told", rf"{_SELF}{_PASSES}\b"),
    _row("told", rf"{_SELF}(?:spoken|spoke|speaking|talked|talking|written|wrote|writing) (?:to|with) (?!you\b)"),
    _row("told", rf"{_SELF}(?:let|letting) (?!you\b)(?:\S+ ){{1,6}}know\b"),
    _row("told", rf"{_SELF}(?:made|making) .*\baware\b"),
    _row("told", rf"{_SELF}(?:transferr(?:ed|ing)|put(?:ting)?) you\b"),
    _row("told", rf"{_SELF}{_BRINGS} .*\b(?:to|with|by|of|before|for) .*(?:{_STAFF}|{_ELSE})\b"),
    _row("told", rf"{_SELF}(?:getting|got|finding|found|bringing in|brought in) (?:you )?(?:an? |the |our |my )?(?:\w+ )?{_STAFF}\b"),
    _row("told", rf"{_SELF}(?:left|leaving) (?:\S+ ){{0,2}}(?:note|message)\b"),
    _row("told", rf"{_SELF}(?:opened|raised|created|logged) an? (?:\w+ )?(?:case|ticket)\b"),
    _row("told", rf"{_PASSIVE}(?:{_PASSES}|made aware|transferred to|put (?:in the queue|through))\b"),
    _row("told", rf"^(?!.*\b(?:I|you)(?:'ve|'re| have| were| was| are)\b).*{_PASSIVE}(?!call){_TELLS}\b"),
    _row("told", rf"{_STAFF}\b.* {_NOW}(?:knows? (?:about|of|what|that)|(?:is|are) {_NOW}aware)\b"),
    _row("told", rf"\bthey {_NOW}know\b"),
    _row("told", rf"{_STAFF}\b.* (?:has|have) {_NOW}(?:taken over|taken this over|joined|picked (?:this|it|your case) up)\b"),
    _row("told", rf"{_STAFF}\b.* {_NOW}(?:has|have|sees?|takes? over|takes? on) {_NOW}(?:this|your|it\b|what you|the (?:case|conversation|message))"),
    _row("told", rf"{_STAFF}\b[^,]*{_IS} {_NOW}(?:on it|(?:looking|working|reading|reviewing|handling|taking|checking|joining)\b)"),
    _row("told", rf"{_IS} {_NOW}(?:with|in the hands of) .*{_STAFF}\b"),
    _row("told", r"^(?:connecting|transferring|passing|putting|handing|escalating|forwarding) (?:you|this|it|your)\b"),
    _row("told", r"\b(?:while I|let me) (?:just )?(?:transfer|connect|pass|put|hand|forward|escalate) (?:you|this)\b", depends=True),
    # Something was done.
    _row("done", rf"{_I}{_HAVE} {_NOW}(?!{_LOOKED}\b)(?:\w+ed|{_CHANGED})\b"),
    _row("done", rf"{_I} {_NOW}{_DID}\b"),
    _row("done", rf"\bI {_NOW}(?!{_LOOKED}\b|called\b|worked\b|showed\b|asked you\b)\w+ed\b"),
    _row("done", rf"{_I} (?:just|already|went ahead and) {_CHANGED}\b"),
    _row("done", rf"{_I} {_NOW}(?:put|set) .* (?:back|on hold|in place)\b"),
    _row("done", rf"{_I} (?:(?:was|were|have been|'ve been) able|managed) to {_CHANGE}\b"),
    _row("done", rf"{_STAFF}\b.*(?:'ve| has| have) {_NOW}{_CHANGED}\b"),
    _row("done", rf"(?:'ve|'s| has| have) {_NOW}been {_NOW}{_CHANGED}\b"),
    _row("done", rf"{_THING}.* (?:was|were|got) {_NOW}{_CHANGED}\b", is_record=True, is_general=True),
    _row("done", rf"{_THING}.* (?:went through|(?:was|is) successful)\b", is_record=True, is_general=True),
    _row("done", rf"{_THING}.*{_IS} now {_NOW}(?:{_CHANGED}|active|in place|on hold|live|on file|off)\b"),
    _row("done", rf"{_THING}.*{_IS} {_NOW}(?:{_CHANGED}|active|in place|on hold|live|on file|off) now\b"),
    _row("done", rf"{_IT}.*{_IS} {_NOW}(?:booked|filed|submitted|arranged|taken care of|sorted|done|set|set up)$"),
    _row("done", rf"{_IT}.*{_IS} {_NOW}(?:on (?:its|the|their) way|in the mail|gone now)\b"),
    _row("done", rf"\b(?<!that )the (?:\w+ ){{1,3}}is {_NOW}in place$"),
    _row("done", rf"\bthat's {_NOW}{_CHANGED}$"),
    _row("done", r"\byour .*(?:limit|address|number|name|due date|pin) is now\b"),
    _row("done", rf"{_I}{_HAVE}? {_NOW}(?:got|had|gotten) (?:\S+ ){{1,4}}{_CHANGED}\b"),
    _row("done", r"^(?:all )?(?:done|set|sorted|fixed)$|^(?:you're|we're|you are) all set\b|^consider it done\b"),
    _row("done", rf"^(?!.*\b(?:get|have|keep|make|let's|be|is|are|was|were|been|has|not)\b)(?:[\w']+ ){{1,3}}(?:{_CHANGED}|complete|successful)[.!]", is_whole=True),
    # Something will be done.
    _row("coming", rf"{_I}{_WILL} {_NOW}(?!{_TALK})(?!not\b|never\b)\w+", depends=True),
    _row("coming", rf"{_I}{_AM} {_NOW}(?!{_TALKING}\b)\w+ing\b", depends=True),
    _row("coming", rf"{_STAFF}\b.*{_WILL} {_NOW}(?!need\b|do\b|have to\b|know\b|never\b|not\b)\w+", depends=True),
    _row("coming", rf"\bthey{_WILL} {_NOW}{_CONTACT}\b", depends=True),
    _row("coming", rf"\byou(?:{_WILL}| should) {_NOW}(?:receive|hear (?:back|from))\b", depends=True, is_general=True),
    _row("coming", rf"\byou{_WILL} {_NOW}be (?:contacted|called|notified|refunded|credited|sent|reimbursed|informed|connected|transferred)\b", depends=True, is_general=True),
    _row("coming", rf"\byou(?:{_WILL}| should) {_NOW}(?:(?:be )?getting|get|have|see) (?:\S+ ){{0,4}}{_NEWS}\b", depends=True, is_general=True),
    _row("coming", rf"\b(?:can )?(?:expect|count on) (?:to (?:hear|receive|get)|(?:\S+ ){{1,3}}{_NEWS})\b", depends=True, is_general=True),
    _row("coming", rf"{_WILL} {_NOW}be {_NOW}(?:{_CHANGED}|back|there|in your|in touch|with you|on its way)\b", depends=True, is_general=True),
    _row("coming", rf"{_WILL} {_NOW}(?:arrive|reach you|show up|appear)\b", depends=True, is_general=True),
    _row("coming", rf"{_IS} {_NOW}being {_NOW}(?:{_CHANGED}|handled|reviewed|looked (?:into|at)|worked on|dealt with)\b", depends=True, is_general=True),
    _row("coming", rf"\b(?:let me|allow me to|while I|(?:second|moment|minute) to) {_NOW}(?!put it|make (?:it|that|this))(?:{_CHANGE}|get (?:\S+ ){{1,4}}{_CHANGED})\b", depends=True),
    _row("coming", rf"{_I}{_AM} {_NOW}on it\b"),
    _row("coming", r"^\w+ing (?:your|the|it|this|that|a new)\b.* (?:now|right away|at once|\.\.\.)$"),
)  # fmt: skip

CLAUSE_END = re.compile(
    r"[,;:()]\s+|\s[-–—]+\s+|—|\s(?=(?:who|which)\s)|\s(?:and|but|so|then|because)\s(?!that)", re.IGNORECASE
)
LEAD = re.compile(rf"{_I}(?:{_HAVE}|{_AM})?\b", re.IGNORECASE)
VERB_FIRST = re.compile(rf"{_NOW}(?:have|am|\w+(?:ed|ing)|{_CHANGED}|told|let)\b", re.IGNORECASE)
NEGATION = re.compile(
    r"n't\b|\b(?:not|never|no|nothing|nobody|none|neither|nor|cannot|without|instead of)\b", re.IGNORECASE
)
# In a claim: it is one of the things that may be so. "That" before a verb belongs to the noun before it.
SUBORDINATE = re.compile(
    r"\b(?:if|when|whenever|once|until|unless|whether|after|before|as soon as|where|in case|what(?! you)|how|why|possible)\b|"
    r"\b(?:can|could|may|might|must|should|would) (?:have|be|already|now|say|claim)\b|"
    r"(?<!to )\b(?:says?|claims?|pretends?|tells you)\b|"
    r"\w (?:that|which)(?:'s| has| have| is| are| was| were| will)\b",
    re.IGNORECASE,
)
GENERAL = re.compile(
    r"\b(?:usually|normally|generally|typically|often|always|every|each|any|sometimes)\b", re.IGNORECASE
)
CONDITION = re.compile(r"\bif\b", re.IGNORECASE)
OWN_STEP = re.compile(
    r"\b(?:if|once|when|whenever|after|as soon as|until|before|in case) you\b|"
    r"\b(?:after|on|upon|with) your (?:yes|confirmation|reply|answer|approval|ok|permission)\b",
    re.IGNORECASE,
)
REQUEST = re.compile(
    r"(?:^|, )(?:please |just |then |or |so )*(?:say|tell|ask|send|type|write|give|reply|answer|confirm|name|choose|pick|let me know|"
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
STAFF = re.compile(_STAFF, re.IGNORECASE)
WHO = re.compile(r"^who\b", re.IGNORECASE)
# A time that a record has; find_figures has those with a day.
PAST_TIME = re.compile(
    r"\bin (?:(?:19|20)\d\d|January|February|March|April|May|June|July|August|September|October|November|December)\b|"
    r"\blast (?:week|month|year)\b",
    re.IGNORECASE,
)
