"""Control tokens in a text, such as <|im_end|>, become text, whatever model reads it.

A server fills a message into its own template and cuts both as one; a unigram tokenizer (T5) knows the tokens as pieces
of its own. So no setting of a tokenizer keeps them apart everywhere: only a text without them does.
"""

import re

# Names in angle brackets, by family: T5 and Llama 2, GLM, Gemma, StarCoder and SmolLM, Mistral, DeepSeek, Qwen, Cohere.
_ANGLED = (
    "s|pad|unk|bos|eos|cls|sep|mask|eod|eot|eom|sop|eop|sys|system|user|assistant|tool|think|image|audio|video|"
    "human|bot|turn|pre|mid|suf|observation|toolcall|"
    r"endoftext|startoftext|filename|reponame|unused\d+|ctrl\d+|0x[0-9a-f]{2}|[a-z]+_token"
)
# What longer names begin with: <start_of_turn>, <extra_id_0>, <fim_prefix>, <seed:think>.
_BEGINNINGS = (
    "start|end|begin|tool|extra|reserved|special|unused|vision|image|audio|video|seed|function|fim|im|file|repo|gh|"
    "jupyter|issue|commit|empty|arg|minimax"
)
# In square brackets they are in capitals, where [image] and [user] are plain English.
_SQUARE = (
    r"INST|CLS|SEP|PAD|UNK|MASK|[gs]MASK|STOP|BOS|EOS|THINK|IMG(?:_\w+)?|SYSTEM_PROMPT|ARGS|CALL_ID|PREFIX|MIDDLE|SUFFIX|"
    r"(?:AVAILABLE_)?TOOLS?(?:_[A-Z]+)?|unused\d+|control_\d+|PAD\d+|[|｜]\w+[|｜]"
)
# The opening bracket of each. Some tokenizers fold full-width brackets.
# A bar may be on one side alone: Gemma's <|turn> and <turn|>.
_BARRED = r"[|｜][^<>\n]{1,60}[|｜][>＞]|[|｜]\w{1,60}[>＞]|\w{1,60}[|｜][>＞]"
_OPENING = re.compile(
    rf"[<＜](?={_BARRED}|/?(?i:{_ANGLED}|(?:{_BEGINNINGS})[_:][\w:]+)[>＞])|[\[［](?=/?(?:{_SQUARE})[\]］])"
)


def break_control_tokens(text: str) -> str:
    """Put a space behind the opening bracket of each control token of a text: `< |im_end|>`."""
    return _OPENING.sub(r"\g<0> ", text)
