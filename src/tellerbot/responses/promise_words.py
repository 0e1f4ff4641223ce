"""The words by which a reply promises something: small patterns, one a line, for `responses.promises`."""

import re
from dataclasses import dataclass
from typing import Literal

PromiseKind = Literal["done", "told", "coming"]


def _any(words: str) -> str:
    """Return a pattern for one of these words; an underscore joins two, and a star ends a stem."""
    listed = (word.replace("_", r"\s").replace("*", r"\w*") for word in words.split())
    return f"(?:{'|'.join(listed)})"


# What a bank changes for a customer, and what is irregular of it.
_CHANGES = re.findall(
    r"\w+",
    """activate add adjust amend apply approve arrange attach authorize block book cancel change clear close complete
    confirm convert correct create credit deactivate delete deliver deposit disable dispatch dispute do drop
    enable enroll erase extend file finish fix forgive freeze fulfill give grant increase initiate install issue
    link lift lock lower mail make modify move open order pause pay place post postpone prepare process provide
    put raise reactivate record redirect reduce refund register reimburse release remove rename renew replace
    report request reroute reschedule reset resolve restore resume return reverse revoke save schedule send set
    settle ship shut sign sort split start stop submit subscribe suspend swap switch take terminate top transfer
    turn unblock undo unfreeze unlink unlock unsubscribe update upgrade verify void waive wire withdraw""",
)
_IRREGULAR = {
    "do": "done", "forgive": "forgiven|forgave", "freeze": "frozen|froze", "give": "given|gave", "make": "made",
    "pay": "paid", "put": "put", "reset": "reset", "send": "sent", "set": "set", "shut": "shut", "split": "split",
    "take": "taken|took", "undo": "undone|undid", "unfreeze": "unfrozen|unfroze", "withdraw": "withdrawn|withdrew",
}  # fmt: skip


def _past(verb: str) -> str:
    """Return a pattern for the past of a verb; its last letter may be doubled."""
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    if verb.endswith("e"):
        return f"{verb}d"
    return f"{verb[:-1]}ied" if re.search(r"[^aeiou]y$", verb) else f"{verb}{verb[-1]}?ed"


_CHANGE = f"(?:{'|'.join(_CHANGES)})"
_CHANGED = f"(?:{'|'.join(map(_past, _CHANGES))})"
# Words that are the same in the present say nothing of the past.
_DID = rf"(?!(?:put|reset|set|shut|split)\b){_CHANGED}"
_HOLDS = _any("active in_place on_hold live on_file off")

# Words that may come between two words of a claim.
_GAP = r".{0,80}?"
_NOW = (
    r"(?:(?:now|just|already|also|gladly|successfully|personally|happily|immediately|certainly|soon|shortly|then|since|"
    r"currently|fully|both|all|quickly|automatically|right away|at once|of course|(?:gone|went|go) ahead and) )*"
)
_I = r"\b(?:I|we)"
_HAVE = r"(?:'ve| have)"
_AM = r"(?:'m|'re| am| are)"
_IS = r"(?:'s|'re| is| are)"
_WILL = r"(?:'ll| will| shall|(?:'m|'re| am| are|'s| is) (?:going|about) to)"
# "I told", "I've told" and "I'm telling"; "has been told" and "is being told".
_SELF = rf"{_I}(?:{_HAVE}|{_AM})? {_NOW}"
_PASSIVE = rf"(?:(?:'ve|'s| has| have) {_NOW}been| was| were|(?:'s|'re| is| are) {_NOW}being) {_NOW}"

# People who work at the bank, and people that it informs.
_STAFF = (
    r"\b(?:colleagues?|agents?|(?:a|another) person|human|specialists?|advis[eo]rs?|managers?|supervisors?|experts?|"
    r"representatives?|someone|somebody|teams?|officers?|departments?|desk|branch|bank|staff)"
)
_ELSE = _any("police merchant shop store company employer sender recipient credit_bureau*")
_THING = rf"\b{_any('your the this that it these those everything both they a an')}\b"
_IT = r"\b(?:your|(?:a|the) new|the (?:fee|charge|money|refund)|it|this|that(?='s| is)|they|everything)\b"

# After "I have": reading, thinking or speaking changes nothing.
_LOOKED = _any(
    """added_up answered calculated checked compared counted dedicated described explained found got had heard
    included learned left_out limited listed looked mentioned misunderstood missed need needed noticed promised
    read received recognized searched seen shown tried understood used wanted worked"""
)
# After "I will": speaking here and now.
_TALK = (
    r"(?:answer|ask you|assume|explain|find|go (?:over|through)|guess|have to|help|leave it|list|name|need|only need|"
    r"read|remember|repeat|say|show|start|stay|stick|try|keep (?:it|this|that)|do (?:my|our) best|"
    r"take (?:it|that) (?:as|that)|walk you|work (?:it |that )?out|check(?! (?:with|back|on))|look(?! (?:into|after))|"
    r"be (?:able|glad|happy|here|honest|brief|quick|there)|tell you(?! (?:when|once|as soon))|"
    r"give you (?:the|your|an? (?:example|figure|answer|idea)))\b"
)
# After "I am": the same, and how the assistant is.
_TALKING = _any(
    """aiming asking assuming being doing feeling finding getting going guessing having hearing hoping listening
    looking_(?!into) meaning missing offering reading referring saying seeing showing speaking talking thinking
    trying understanding using waiting wondering writing"""
)
# Verbs for informing somebody, for passing something on, those that do so with "to" and a name; then things awaited.
_TELLS = _any(
    """told telling informed informing notified notifying alerted alerting briefed briefing warned warning asked
    asking contacted contacting messaged messaging emailed emailing called calling"""
)
_PASSES = _any(
    """passed passing forwarded forwarding escalated escalating handed handing flagged flagging referred referring
    assigned assigning routed routing connected connecting"""
)
_BRINGS = _any(
    """sent sending reported reporting submitted submitting given giving taken taking brought bringing put putting
    raised raising shared sharing mentioned marked marking"""
)
_FETCHES = _any("getting got finding found bringing_in brought_in")
_SPEAKS = _any("spoken spoke speaking talked talking written wrote writing")
_HOLDS_IT = _any("has have sees? takes?_over takes?_on")
_WORKS = _any("looking working reading reviewing handling taking checking joining")
_NEWS = _any(
    """confirmation message e-?mail text letter call card refund money code reply answer update notification receipt
    reminder response alert credit invitation form link offer decision"""
)
_REACHED = _any("contacted called notified refunded credited sent reimbursed informed connected transferred")
_HANDLED = _any("handled reviewed looked_into looked_at worked_on dealt_with")
# What "they" do, where others than the bank's people may be meant.
_CONTACT = _any(
    """answer arrange be block call cancel check come contact email explain fix freeze get give go guide handle help
    investigate issue let look make message move phone reach refund reply resolve respond review ring see send
    sort take tell text walk work write"""
)
# With one of these before it, a past participle at the end of a few words is no news of its own.
_IS_SAID = _any("get have keep make let's be is are was were been has not")


@dataclass(frozen=True, slots=True)
class Row:
    """A pattern for a clause, or for the `is_whole` sentence, and the kind of promise it makes.

    `depends`: the customer's own next step as a condition makes it none. `is_general`: so do a condition and a word
    such as "usually". `is_record`: so does a day, by which it is read from records.
    """

    kind: PromiseKind
    pattern: re.Pattern[str]
    depends: bool = False
    is_general: bool = False
    is_record: bool = False
    is_whole: bool = False


def _rows(kind: PromiseKind, patterns: tuple[str, ...], **flags: bool) -> tuple[Row, ...]:
    return tuple(Row(kind, re.compile(pattern, re.IGNORECASE), **flags) for pattern in patterns)


_TOLD = (
    rf"{_SELF}{_TELLS}\b(?! you\b)",
    rf"{_SELF}{_PASSES}\b",
    rf"{_SELF}{_SPEAKS} (?:to|with) (?!you\b)",
    rf"{_SELF}(?:let|letting) (?!you\b)(?:\S+ ){{1,6}}know\b",
    rf"{_SELF}(?:made|making) {_GAP}\baware\b",
    rf"{_SELF}(?:transferr(?:ed|ing)|put(?:ting)?) you\b",
    rf"{_SELF}{_BRINGS} {_GAP}\b(?:to|with|by|of|before|for) {_GAP}(?:{_STAFF}|{_ELSE})\b",
    rf"{_SELF}{_FETCHES} (?:you )?(?:(?:an?|the|our|my) )?(?:\w+ )?{_STAFF}\b",
    rf"{_SELF}(?:left|leaving) (?:\S+ ){{0,2}}(?:note|message)\b",
    rf"{_SELF}(?:opened|raised|created|logged) an? (?:\w+ )?(?:case|ticket)\b",
    rf"{_PASSIVE}(?:{_PASSES}|made aware|transferred to|put (?:in the queue|through))\b",
    rf"^(?!.*\b(?:I|you)(?:'ve|'re| have| were| was| are)\b){_GAP}{_PASSIVE}(?!call){_TELLS}\b",
    rf"{_STAFF}\b{_GAP} {_NOW}(?:knows? (?:about|of|what|that)|(?:is|are) {_NOW}aware)\b",
    rf"{_STAFF}\b{_GAP} (?:has|have) {_NOW}(?:taken over|taken this over|joined|picked (?:this|it|your case) up)\b",
    rf"{_STAFF}\b{_GAP} {_NOW}{_HOLDS_IT} {_NOW}(?:this|your|it|what you|the (?:case|message))\b",
    rf"{_STAFF}\b[^,]*{_IS} {_NOW}(?:on it|{_WORKS})\b",
    rf"{_IS} {_NOW}(?:with|in the hands of) {_GAP}{_STAFF}\b",
    rf"\bthey {_NOW}know\b",
    r"^(?:connecting|transferring|passing|putting|handing|escalating|forwarding) (?:you|this|it|your)\b",
)
_TOLD_NEXT = (r"\b(?:while I|let me) (?:just )?(?:transfer|connect|pass|put|hand|forward|escalate) (?:you|this)\b",)
_DONE = (
    rf"{_I}{_HAVE} {_NOW}(?!{_LOOKED}\b)(?:\w+ed|{_CHANGED})\b",
    rf"{_I} {_NOW}{_DID}\b",
    rf"\bI {_NOW}(?!{_LOOKED}\b|called\b|showed\b|asked you\b)\w+ed\b",
    rf"{_I} (?:just|already|went ahead and) {_CHANGED}\b",
    rf"{_I} {_NOW}(?:put|set) {_GAP} (?:back|on hold|in place)\b",
    rf"{_I} (?:(?:was|were|have been|'ve been) able|managed) to {_CHANGE}\b",
    rf"{_I}{_HAVE}? {_NOW}(?:got|had|gotten) (?:\S+ ){{1,4}}{_CHANGED}\b",
    rf"{_STAFF}\b{_GAP}(?:'ve| has| have) {_NOW}{_CHANGED}\b",
    rf"(?:'ve|'s| has| have) {_NOW}been {_NOW}{_CHANGED}\b",
    rf"{_THING}{_GAP}{_IS} now {_NOW}(?:{_CHANGED}|{_HOLDS})\b",
    rf"{_THING}{_GAP}{_IS} {_NOW}(?:{_CHANGED}|{_HOLDS}) now\b",
    rf"{_IT}{_GAP}{_IS} {_NOW}{_any('booked filed submitted arranged taken_care_of sorted done set set_up')}$",
    rf"{_IT}{_GAP}{_IS} {_NOW}(?:on (?:its|the|their) way|in the mail|gone now)\b",
    rf"\b(?<!that )the (?:\w+ ){{1,3}}is {_NOW}in place$",
    rf"\bthat's {_NOW}{_CHANGED}$",
    rf"\byour {_GAP}(?:limit|address|number|name|due date|pin) is now\b",
    r"^(?:all )?(?:done|set|sorted|fixed)$|^(?:you're|we're|you are) all set\b|^consider it done\b",
)
_DONE_ONCE = (
    rf"{_THING}{_GAP} (?:was|were|got) {_NOW}{_CHANGED}\b",
    rf"{_THING}{_GAP} (?:went through|(?:was|is) successful)\b",
)
# "Payment sent!"
_DONE_IN_SHORT = (rf"^(?!.*\b{_IS_SAID}\b)(?:[\w']+ ){{1,3}}(?:{_CHANGED}|complete|successful)[.!]",)
_COMING = (
    rf"{_I}{_WILL} {_NOW}(?!{_TALK})(?!not\b|never\b)\w+",
    rf"{_I}{_AM} {_NOW}(?:on it|(?!{_TALKING}\b)\w+ing)\b",
    rf"{_STAFF}\b{_GAP}{_WILL} {_NOW}(?!(?:need|do|have to|know|never|not)\b)\w+",
    rf"\bthey{_WILL} {_NOW}{_CONTACT}\b",
    rf"\b(?:let me|allow me to|while I|(?:second|moment|minute) to) {_NOW}(?!put it|make (?:it|that|this)){_CHANGE}\b",
    rf"\b(?:let me|allow me to) get (?:\S+ ){{1,4}}{_CHANGED}\b",
    rf"^\w+ing (?:your|the|it|this|that|a new)\b{_GAP} (?:now|right away|at once|\.\.\.)$",
)
_COMING_TO_YOU = (
    rf"\byou(?:{_WILL}| should) {_NOW}(?:receive|hear (?:back|from))\b",
    rf"\byou(?:{_WILL}| should) {_NOW}(?:(?:be )?getting|get|have|see) (?:\S+ ){{0,4}}{_NEWS}\b",
    rf"\byou{_WILL} {_NOW}be {_REACHED}\b",
    rf"\b(?:can )?(?:expect|count on) (?:to (?:hear|receive|get)|(?:\S+ ){{1,3}}{_NEWS})\b",
    rf"{_WILL} {_NOW}be {_NOW}(?:{_CHANGED}|back|there|in your|in touch|with you|on its way)\b",
    rf"{_WILL} {_NOW}(?:arrive|reach you|show up|appear)\b",
    rf"{_IS} {_NOW}being {_NOW}(?:{_CHANGED}|{_HANDLED})\b",
)
# In this order: the first that a clause matches gives its kind.
ROWS = (
    *_rows("told", _TOLD),
    *_rows("told", _TOLD_NEXT, depends=True),
    *_rows("done", _DONE),
    *_rows("done", _DONE_ONCE, is_record=True, is_general=True),
    *_rows("done", _DONE_IN_SHORT, is_whole=True),
    *_rows("coming", _COMING, depends=True),
    *_rows("coming", _COMING_TO_YOU, depends=True, is_general=True),
)

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
    r"\b(?:if|when|whenever|once|until|unless|whether|after|before|as soon as|where|in case|how|why|possible)\b|"
    r"\bwhat\b(?! you)|"
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
    r"(?:^|, )(?:please |just |then |or |so )*(?:say|tell|ask|send|type|write|give|reply|answer|confirm|name|choose|"
    r"pick|let me know|sign in|enter|call|come|bring|show|visit|use|open)\b.*\band (?:I|we|a|our|the)\b",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"(?:and |or |so |but |if |then )*(?:shall|should|would|will|do|does|did|is|are|was|were|has|have|had|can|could|"
    r"may|what|when|where|which|who|whose|why|how|am|if)\b",
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
