"""The words of the noise suite: one set of lists to train with, another, without a word in common, to measure with."""

from dataclasses import dataclass


def _pairs(lines: str) -> dict[str, str]:
    """`"you=u, please=pls"` -> {"you": "u", "please": "pls"}."""
    return dict(pair.strip().split("=") for pair in lines.split(","))


def _phrases(lines: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in lines.split("|"))


@dataclass(frozen=True, slots=True)
class Words:
    """The word lists of one set. Keys are lower case; a word in `foreign` has several translations."""

    abbreviations: dict[str, str]
    homophones: dict[str, str]
    before: tuple[str, ...]
    after: tuple[str, ...]
    foreign: dict[str, tuple[str, ...]]
    foreign_openers: tuple[str, ...]

    @property
    def written(self) -> set[str]:
        """Every word and phrase these lists can put into a text, in lower case."""
        translations = (word for words in self.foreign.values() for word in words)
        parts = (self.abbreviations.values(), self.homophones.values(), self.before, self.after, self.foreign_openers)
        return {text.lower() for part in (*parts, translations) for text in part}


TRAINING_WORDS = Words(
    abbreviations=_pairs(
        """you=u, are=r, please=pls, account=acct, because=bc, transfer=xfer, message=msg, tomorrow=tmrw,
        people=ppl, about=abt, password=pwd, information=info, statement=stmt, application=app, really=rly,
        something=smth, by the way=btw, going to=gonna, want to=wanna, department=dept"""
    ),
    homophones=_pairs(
        """to=too, too=to, there=their, their=there, fee=fea, fees=feas, check=cheque, cheque=check, hear=here,
        here=hear, right=write, write=right, wait=weight, would=wood, see=sea, need=knead, where=wear, buy=by,
        loan=lone, cash=cache, account=a count, statement=state mint, branch=brunch, mortgage=more gauge"""
    ),
    before=_phrases(
        """hi there|hello|good morning|good afternoon|hey team|quick question|sorry to bother you|hope you are well,
        |so i was on the bus this morning and|ok so my sister told me to write in,|long story short,|so basically
        |i was just watering the plants and|i have been with you for years and|right before lunch i noticed this:"""
    ),
    after=_phrases(
        """thanks in advance|thank you so much|many thanks|cheers|have a nice day|hope that makes sense|kind regards
        |appreciate it|sorry for the long message|my husband keeps asking me|it is raining here all day"""
    ),
    foreign={  # Spanish, French, German, Portuguese
        "hello": ("hola", "bonjour", "hallo", "olá"),
        "hi": ("buenas", "salut", "guten tag", "oi"),
        "please": ("por favor", "s'il vous plaît", "bitte", "se faz favor"),
        "thanks": ("gracias", "merci", "danke", "obrigado"),
        "and": ("y", "et", "und"),
        "but": ("pero", "mais", "aber", "mas"),
        "my": ("mi", "mon", "mein", "meu"),
        "for": ("para", "pour", "für"),
        "because": ("porque", "parce que", "weil"),
        "why": ("por qué", "pourquoi", "warum"),
        "how": ("cómo", "comment", "wie", "como"),
        "is": ("es", "est", "ist", "é"),
        "when": ("cuándo", "quand", "wann", "quando"),
    },
    foreign_openers=_phrases("hola,|bonjour,|guten tag,|bom dia,|oye,|alors|also,|então|pues|bon,|na ja,|olha,"),
)

EVALUATION_WORDS = Words(
    abbreviations=_pairs(
        """your=ur, thanks=thx, balance=bal, transaction=txn, with=w/, as soon as possible=asap, payment=pymt,
        what=wat, have=hv, from=frm, today=tdy, amount=amt, customer=cust, address=addr, service=svc, know=kno,
        between=btwn, minutes=mins, appointment=appt, through=thru, though=tho, money=mny, give me=gimme,
        let me=lemme, for your information=fyi, document=doc, international=intl, manager=mgr, reference=ref"""
    ),
    homophones=_pairs(
        """your=you're, you're=your, its=it's, it's=its, which=witch, made=maid, week=weak, been=bean, seen=scene,
        some=sum, through=threw, whether=weather, paid=payed, due=dew, be=bee, in=inn, hold=holed, mail=male,
        balance=ballance, transfer=trans fur, payment=pavement, deposit=the posit, overdraft=over draught"""
    ),
    before=_phrases(
        """good evening|greetings|dear support|hiya|hope your day is going well.|just wondering,|me again,|excuse me,
        |i just got home from work and|you will laugh but|my neighbour said you could sort this:|anyway,
        |my tea is going cold so i will be brief,|been meaning to ask for ages,"""
    ),
    after=_phrases(
        """much appreciated|ta|best wishes|take care|bye for now|i am on my lunch break|sorry if this is silly
        |looking forward to hearing from you|the kids are driving me mad|typing this on the train|all the best"""
    ),
    foreign={  # Italian, Dutch, Polish, Turkish
        "hello": ("ciao", "dag", "dzień dobry", "merhaba"),
        "hi": ("salve", "hoi", "cześć", "selam"),
        "please": ("per favore", "alstublieft", "proszę", "lütfen"),
        "thanks": ("grazie", "bedankt", "dziękuję", "teşekkürler"),
        "and": ("en", "oraz", "ve"),
        "but": ("però", "maar", "ale", "ama"),
        "my": ("mio", "mijn", "moje", "benim"),
        "for": ("per", "voor", "dla", "için"),
        "because": ("perché", "omdat", "ponieważ", "çünkü"),
        "how": ("come mai", "jak", "nasıl"),
        "is": ("è", "jest"),
        "when": ("wanneer", "kiedy", "ne zaman"),
        "the": ("il", "het", "bu"),
    },
    foreign_openers=_phrases("ciao,|allora|senta,|goedendag,|nou,|zeg,|dzień dobry,|więc|słuchaj,|merhaba,|şey|peki,"),
)
