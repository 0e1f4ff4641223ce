"""HTML is read as a person sees it: what is hidden, struck out or raised makes no figure, and cells never weld."""

from pathlib import Path

import pytest

from tellerbot.knowledge.documents.blocks import BlockKind, DroppedContent, squeeze, unmark
from tellerbot.knowledge.documents.html import parse, parse_html

FEES = """<!doctype html><html><head><title>Not text</title><style>p {}</style></head><body>
<nav><a href="https://example.com">Home</a></nav><h1>Fees</h1>
<div>These fees apply to<br>personal accounts.<script>document.write("$9.99")</script></div>
<footer>&copy; the bank</footer></body></html>"""


def blocks(html: str) -> list[tuple[BlockKind, tuple[str, ...]]]:
    found = parse_html(html).blocks
    assert all(unmark(line).strip() for block in found for line in block.lines)
    return [(block.kind, tuple(squeeze(unmark(line)) for line in block.lines)) for block in found]


def lines(html: str) -> list[str]:
    return [line for _, lines in blocks(html) for line in lines]


def omitted(html: str) -> list[tuple[str, str]]:
    return [(item.what, item.text) for item in parse_html(html).omissions]


def test_html_reports_what_it_left_out() -> None:
    assert set(parse_html(FEES).dropped) == {
        DroppedContent("scripts and styles", 1),
        DroppedContent("navigation, footers and asides", 2),
    }
    assert lines(FEES) == ["Fees", "These fees apply to personal accounts."]
    assert parse_html('<link rel="StyleSheet" href="a.css"><p>x').dropped == (
        DroppedContent("style sheets in other files", 1),
    )


def test_html_tables_lists_and_hidden_parts() -> None:
    html = (
        "<p>Read on.<p hidden>$1.00<p style='display: none'>$2.00</p><!-- $3.00 --><ol><li>One<ul><li>Inner</ul><li>Two"
        "</ol><dl><div><dt>Fee<dd>$4.00</div></dl><table><caption>Prices</caption>"
        "<tr><th rowspan=2>Kind<th colspan=2>Fee"
        "<tr><th>Basic<th>Plus<tr><td rowspan=2>Wire<td colspan=2>$5.00<tr><td>$6.00<td>$7.00"
        "<tr><td colspan=3>All with tax</table><pre>a  =\n  1</pre>"
    )
    assert blocks(html) == [
        ("paragraph", ("Read on.",)),
        ("list", ("One", "Inner", "Two")),
        ("list", ("Fee: $4.00",)),
        ("paragraph", ("Prices",)),
        (
            "table",
            (
                "Wire: Fee Basic $5.00, Fee Plus $5.00.",
                "Wire: Fee Basic $6.00, Fee Plus $7.00.",
                "All with tax.",
            ),
        ),
        ("code", ("a =", "1")),
    ]
    assert omitted(html) == [("hidden text", "$1.00"), ("hidden text", "$2.00"), ("comments", "$3.00")]


def test_a_table_without_a_head_loses_no_row() -> None:
    assert blocks("<table><tr><td>Wire<td>$5.00<tr><td>Check<td>$8.00</table>") == [
        ("table", ("Wire: $5.00.", "Check: $8.00."))
    ]


def test_html_entities_are_never_expanded_or_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    (tmp_path / "a.html").write_text(
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
        "<html><p>It is &x;.</p></html>"
    )
    assert "the secret" not in str(parse(tmp_path / "a.html"))


@pytest.mark.parametrize(
    ("html", "line", "marks"),
    [
        ("The monthly fee is $5<sup>1</sup>.", "The monthly fee is $5.", ["1"]),
        ("It is $8<sub>2</sub> a month", "It is $8 a month", ["2"]),
        ('It is $8<span style="vertical-align: SUPER">2</span> now', "It is $8 now", ["2"]),
        ("<style>.f{vertical-align:super}</style>$8<i class=f>2</i> now", "$8 now", ["2"]),
        ('$8<span style="position:relative;top:-.4em;font-size:75%">2</span> now', "$8 now", ["2"]),
        ('$8<span style="position:relative;top:4px;font-size:75%">2</span> now', "$8 now", ["2"]),
        ('$8<span style="vertical-align:-3px">2</span> now', "$8 now", ["2"]),
        ("<style>sup{vertical-align:baseline;position:relative}</style>$8<sup>2</sup> now", "$8 now", ["2"]),
        ('$2.50<a href="#n1">1</a>, see section <a href="#s4">4</a>', "$2.50, see section 4", ["1"]),
        ("Basic<sup>1</sup>$5<sup>2</sup>0 days", "Basic $5 0 days", ["1", "2"]),
        ("<ruby>$5<rt>1</rt></ruby> a month", "$5 a month", ["1"]),
        ("$8<small>2</small> now", "$8 now", ["2"]),
        ("$8<font size=1>2</font> now", "$8 now", ["2"]),
        ("<style>.f{font-size:60%}</style>$8<i class=f>2</i> now", "$8 now", ["2"]),
        ("<small>It is $8<sup>2</sup> and <b>$9</b>0</small>", "It is $8 and $90", ["2"]),
        ("<table><tr><th>Account<th>Fee<sup>2</sup><tr><td>Basic<td>$5<sup>1</sup></table>", "Basic: $5.", ["2", "1"]),
    ],
)
def test_superscripts_in_html_never_join_a_number(html: str, line: str, marks: list[str]) -> None:
    assert lines(html) == [line]
    assert omitted(html) == [("superscripts and subscripts", mark) for mark in marks]


def test_fractions_exponents_and_equations_in_html() -> None:
    half = "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"
    assert lines(f"4<sup>1</sup>/<sub>2</sub>%, 4&frac12;% or 4{half}%, 5 m<sup>2</sup>, 10<sup>3</sup> members") == [
        "4½%, 4½% or 4½%, 5 m², 10³ members"
    ]
    html = "Pay 5<math><msup><mi>r</mi><mn>2</mn></msup></math>0 and <math><mn>7</mn></math>."
    assert lines(html) == ["Pay 5 0 and 7."] and omitted(html) == [("equations", "r2")]
    assert omitted('<p>$5<a role="doc-noteref">1</a>0') == [("footnotes", "1")]


@pytest.mark.parametrize(
    "struck",
    [
        "<del>$12</del>",
        "<s>$12</s>",
        "<STRIKE>$<b>12</b></STRIKE>",
        '<span style="text-decoration: line-through">$12</span>',
        '<span style="TEXT-DECORATION:underline Line-Through red">$12</span>',
        '<span style="text-decoration-line:line-through">$12</span>',
        '<span class="old">$12</span>',
        '<span class="was"><b>$12</b></span>',
        '<span id="was">$12</span>',
    ],
)
def test_struck_out_text_in_html_is_left_out_and_reported(struck: str) -> None:
    sheet = "<style>.old, p > .was:not(.x), #was {text-decoration: line-through}</style>"
    html = f"{sheet}<p>The fee is {struck} <ins>$9</ins> a month.</p>"
    assert lines(html) == ["The fee is $9 a month."]
    assert omitted(html) == [("struck-out text", "$12")]


HIDING = [
    "display : none", "DISPLAY:NONE", "display:none!important", "visibility:hidden", "visibility: collapse",
    "opacity:0", "opacity: 0.0", "font-size:0", "font-size: 0px", "font: 0/0 a", "width:0;height:0;overflow:hidden",
    "position:absolute;width:1px;height:1px;overflow:hidden", "max-height:0;overflow-y:hidden",
    "position:absolute;left:-9999px", "position:fixed;top:-999em", "position:absolute;left:-100vw",
    "margin-left:-9999px", "text-indent:-9999px", "position:absolute;clip:rect(0 0 0 0)", "clip-path:inset(50%)",
    "clip:rect(1px, 1px, 1px, 1px)", "color:#fff;background:#FFFFFF", "color:white;background-color:rgb(255,255,255)",
    "color:transparent", "color:rgba(0,0,0,0)", "transform:scale(0)", "transform: translateX(-9999px)",
    "content-visibility:hidden", "color:white", "color:#FFF", "background:none;color:#fffffe",
]  # fmt: skip


@pytest.mark.parametrize("style", HIDING)
@pytest.mark.parametrize(
    "page",
    [
        '<p>From $5<span style="{}"><b>$9</b>9</span> a month</p>',
        "<style>.sr {{ {} }}</style><p>From $5<span class='a sr'><b>$9</b>9</span> a month</p>",
        "<style>#x > em{{margin:0}} #x{{ {} }}</style><p>From $5<span id=x><em>$9</em>9</span> a month</p>",
    ],
)
def test_text_that_a_style_hides_is_left_out_and_reported(page: str, style: str) -> None:
    html = page.format(style)
    assert lines(html) == ["From $5 a month"]
    assert omitted(html) == [("hidden text", "$99")]


@pytest.mark.parametrize(
    ("hidden", "what"),
    [
        ("<b hidden>$99</b>", "hidden text"),
        ("<b hidden='until-found'>$99</b>", "hidden text"),
        ("<b aria-hidden=' TRUE '>$99</b>", "hidden text"),
        ("<noscript>$99</noscript>", "hidden text"),
        ("<template><i>$99</i></template>", "hidden text"),
        ("<dialog>$99</dialog>", "hidden text"),
        ("<!--[if mso]>$99<![endif]-->", "comments"),
        ("<select><option>$99</select>", "form fields"),
        ("<input value='$99'>", "form fields"),
        ("<input placeholder='$99'>", "form fields"),
        ("<textarea>$99</textarea>", "form fields"),
        ("<button>$99</button>", "form fields"),
        ("<img alt='$99'>", "images and embedded content"),
        ("<svg><text>$99</text></svg>", "images and embedded content"),
        ("<aside>$99</aside>", "navigation, footers and asides"),
    ],
)
def test_elements_that_are_no_text_are_left_out_and_reported(hidden: str, what: str) -> None:
    html = f"<div>From $5 {hidden} a month</div>"
    assert lines(html) == ["From $5 a month"]
    ((found, text),) = omitted(html)
    assert found == what and "$99" in text


@pytest.mark.parametrize(
    "shown",
    [
        "<p style='display:block' hidden>$5</p>",
        "<div style='visibility:hidden'><p style='visibility:visible'>$5</p></div>",
        "<div style='font-size:0'><p style='font-size:14px'>$5</p></div>",
        "<style>.a{display:none} p.a{display:block}</style><p class=a>$5</p>",
        "<style>.a{display:none!important}</style><p class=b>$5</p>",
        "<style>@media print {p{display:none}} @media (max-width: 600px) {p{display:none}}</style><p>$5</p>",
        "<style media=print>p{display:none}</style><p>$5</p>",
        "<style>p::before{display:none} p:hover{display:none} @bad {{{</style><p>$5</p>",
        "<style>.o{text-decoration:line-through} .o.n{text-decoration:none}</style><p class='o n'>$5</p>",
        "<p style='background:#000'><b style='color:#fff'>$5</b></p>",
        "<p style='color:#fff;background:#fff url(a.png)'>$5</p>",
        "<link rel=stylesheet href=a.css><p style='color:#fff'>$5</p>",
        "<div style='background-image:url(a.png)'><p style='color:#fff'>$5</p></div>",
        "<div style='background-color:var(--bank)'><p style='color:#fff'>$5</p></div>",
        "<body background=a.png><font color=white>$5</font>",
        "<p style='position:absolute;color:white'>$5</p>",
        "<p style='color:transparent;background-clip:text'>$5</p>",
        "<p style='opacity:.9;left:-5px;position:relative;text-indent:-2em;width:0'>$5</p>",
        "<dialog open>$5</dialog>",
        "<details><summary>$5</summary></details>",
        "<p contenteditable aria-hidden=false>$5</p>",
    ],
)
def test_text_that_is_seen_is_read(shown: str) -> None:
    assert lines(shown) == ["$5"] and not omitted(shown)


@pytest.mark.parametrize(
    "html",
    [
        "<s><p>$12</p></s><p>$9",
        "<div><b><s>$12<p></s>$9</b></div>",
        "<style>font{text-decoration:line-through}</style><font><p>$12</font><p>$9",
        "<strike><ul><li>$12</ul></strike>$9",
    ],
)
def test_a_strike_around_blocks_or_left_open_is_followed_as_browsers_do(html: str) -> None:
    assert lines(html)[-1:] == ["$9"] and ("struck-out text", "$12") in omitted(html)


@pytest.mark.parametrize(
    ("sheet", "line"),
    [
        (".p::before {content: '$'}", "$5 a month"),
        ("span:after {content: '0' }", "50 a month"),
        (".p::BEFORE {content: '\\20AC'} .x::before{content: '9'}", "€5 a month"),
        (".p::after {content: '9'} #p::after {content: ''}", "5 a month"),
        (".p::before {content: '9'; display: none} .p::after {content: '–'}", "5 a month"),
    ],
)
def test_text_that_a_style_generates_is_read(sheet: str, line: str) -> None:
    assert lines(f"<style>{sheet}</style><p><span class=p id=p>5</span> a month") == [line]


def test_noscript_and_its_styles_are_never_shown() -> None:
    html = "<head><noscript><style>p{display:none}</style><p>$8</noscript></head><p>$9<noscript>$7</noscript>"
    assert lines(html) == ["$9"]


def test_a_style_that_wins_hides() -> None:
    sheet = "<style>@media screen {#x .y {display:none !important}} @supports (a:b) {.z {display: none}}</style>"
    html = f"{sheet}<div id=x>$5<p class=y style='display:block'>$1</p></div><p class=z>$2</p>"
    assert lines(html) == ["$5"] and omitted(html) == [("hidden text", "$1"), ("hidden text", "$2")]


@pytest.mark.parametrize(
    ("html", "line"),
    [
        ("$<b>5</b>0", "$50"),
        ("<span>$5</span><span>10</span>", "$5 10"),
        ("$1<wbr>,000", "$1,000"),
        ("$1&#8203;,000 $1&#8288;,000 $1&zwnj;,000 $1&shy;,000", "$1,000 $1,000 $1,000 $1,000"),
        ("$1<!-- -->,000", "$1,000"),
        ("$5<span hidden>9</span>0", "$50"),
        ("$5<script>9</script>0", "$50"),
        ("$5<s>9</s>0", "$5 0"),
        ("$5<img alt=0>0", "$5 0"),
        ("$5<img>0", "$5 0"),
        ("$5<svg></svg>0", "$5 0"),
        ("$5<input>0", "$5 0"),
        ("$5<br>10 days", "$5 10 days"),
        ("A<span> </span>B", "A B"),
        ("<q>Free</q> for $5", "“Free” for $5"),
        ("<label>Basic</label><label>$5</label>", "Basic $5"),
        (
            "<span style='display:inline-block'>Basic</span><span style='display:inline-block'>$5</span>10",
            "Basic $5 10",
        ),
        ("<style>.c{display:table-cell}</style><span class=c>Basic</span><span class=c>$5</span>", "Basic $5"),
        ("<div style='display:flex'><span>Basic</span><span>$5</span><i>10</i></div>", "Basic $5 10"),
        ("Basic<span style='float:right'>$5</span>", "Basic $5"),
        ("Basic<span style='padding:0 2em'>$5</span>10", "Basic $5 10"),
        ("<div style='display:inline'>$5</div><div style='display:inline'>0</div>", "$50"),
        ("&#128;5, 10&percnt;, &pound;5, &frac13;", "€5, 10%, £5, ⅓"),
    ],
)
def test_texts_weld_only_where_a_browser_shows_them_as_one(html: str, line: str) -> None:
    assert lines(html) == [line]


@pytest.mark.parametrize(
    ("html", "line", "noted"),
    [
        ("<div><span>Basic</span><span>$5</span><span>10</span></div>", "Basic $5 10", ["$510"]),
        ("<a>Plus</a><a>$5</a><a>$10</a><!-- x --><a>9</a>", "Plus $5 $10 9", ["$109"]),
        ("<span class=dollars>$5</span><span class=cents>00</span>", "$5 00", ["$500"]),
        ("<x-price><x-whole>5</x-whole><x-cents>00</x-cents></x-price>", "5 00", ["500"]),
        ("<span><b>Basic</b></span><output>$<i>5</i></output><time>1 May</time>", "Basic $5 1 May", ["$51 May"]),
        ("<span><span>Basic</span></span><span><span>$5</span></span><span>10</span>", "Basic $5 10", ["$510"]),
        ("<span>$</span><span>5</span><span>.00</span>", "$5.00", []),
        ("<span>$1</span><span>,000</span> <span>10</span> <span>days</span>", "$1,000 10 days", []),
        ("Fee <span class=a>$5</span><span class=a>0</span>", "Fee $5 0", ["$50"]),
        ("Fee <span>$5</span><span>10</span>", "Fee $5 10", ["$510"]),
        ("Fee <span>$1,2</span><span>50</span>", "Fee $1,250", []),
        ("<span>$5</span><b>0</b> <span>1</span><span>st</span>", "$50 1st", []),
        ("<p style='display:flex'><span>$5</span><span>10</span></p>", "$5 10", []),
    ],
)
def test_neighbouring_spans_never_weld_and_digits_side_by_side_are_noted(
    html: str, line: str, noted: list[str]
) -> None:
    assert lines(html) == [line]
    assert [text for what, text in omitted(html) if what.startswith("numbers side by side")] == noted


@pytest.mark.parametrize(
    "reversed_",
    [
        "<bdo dir=rtl>05$</bdo>",
        "<b style='unicode-bidi: bidi-override; direction: rtl'>05$</b>",
        "<style>.r{direction:rtl;unicode-bidi:isolate-override}</style><b class=r>05$</b>",
        "&#x202e;05$&#x202c;",
    ],
)
def test_text_that_is_drawn_backwards_is_left_out_and_reported(reversed_: str) -> None:
    assert lines(f"<p>It is {reversed_} now") == ["It is now"]
    assert omitted(f"<p>It is {reversed_} now") == [("reversed text", "05$")]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>$5<p>10 days</p></li></ul>", ["$5", "10 days"]),
        ("<ul><li>Basic<div>$5</div></li></ul>", ["Basic $5"]),
        ("<dl><dt>Basic<dd>$5<dt>Plus<dt>Max<dd>$1<dt>Only $2</dl>", ["Basic: $5", "Plus or Max: $1", "Only $2"]),
        ("<ul><li>a<ul><li>b</ul>c<li><pre>d\ne</pre></ul>", ["a", "b", "c", "d", "e"]),
        ("<table><tr><th>A<th>Fees<tr><td>Basic<td><ul><li>ATM $2<li>Wire $20</ul></table>",
         ["Basic: ATM $2; Wire $20."]),
        ("<table><tr><th>A<th>Fees<tr><td>Basic<td><table><tr><td>ATM<td>$2</table></table>",
         ["A", "Fees", "Basic", "ATM: $2."]),
        ("<table><tr><td>Basic<td>$5<p>10</p><div>20</div></table>", ["Basic: $5 10 20."]),
        ("<div><div>Basic</div><div>$5</div></div>", ["Basic", "$5"]),
        ("<span style='display:block'>Basic</span><span style='display:block'>$5</span>", ["Basic", "$5"]),
        ("<b>Basic<p>$5</p></b>10", ["Basic", "$5", "10"]),
    ],
)  # fmt: skip
def test_items_cells_and_nested_parts_never_weld(html: str, expected: list[str]) -> None:
    assert lines(html) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("<tr><td><th>Month<th>Year<tr><td>Basic<td>$5<td>$50", ["Basic: Month $5, Year $50."]),
        ("<tfoot><tr><td>Sum<td>$9</tfoot><tr><td>A<td>$4<tr><td>B<td>$5", ["A: $4.", "B: $5.", "Sum: $9."]),
        ("<tr><th>A<th>B<th>C<tr><td>x<td style='visibility:hidden'>$1<td>$2", ["x: C $2."]),
        ("<tr><td>x<td style='display:none'>$1<td>$2", ["x: $2."]),
        ("<tr><td>x<td>$2<tr style='display:none'><td>y<td>$3<tr><td>z<td>$4", ["x: $2.", "z: $4."]),
        ("<tr><th rowspan=2>A<th rowspan=2>$9<tr></tr><tr><td rowspan=2>x<td rowspan=2>$2<tr></tr>", ["x: $9 $2."]),
        ("<tr><th>A<th>B<th>C<tr><td>x<td rowspan=0>$1<td>2<tr><td>y<td>3", ["x: B $1, C 2.", "y: B $1, C 3."]),
        ("<tr><td><b>A</b><td><b>B</b><td><b>C</b><tr><td>x<td>$1<td>2", ["x: B $1, C 2."]),
        ("<tr><td><b>A</b><td><b>B</b><td>C<tr><td>x<td>$1<td>2", ["A: B, C.", "x: $1, 2."]),
        ("<tr><td><b>x</b><td><b>$1</b><td><b>2</b><tr><td><b>y</b><td><b>$3</b><td><b>4</b>",
         ["x: $1, 2.", "y: $3, 4."]),
        ("<tr hidden><td>y<td>$3<tr><td>z<td>$4", ["z: $4."]),
        ("<tr><td>x<td>$2<tr><td><s>y</s><td><s>$3</s>", ["x: $2."]),
        ("<col><col style='visibility:collapse'><tr><th>A<th>B<th>C<th>D<tr><td>x<td>$1<td>$2<td>$3",
         ["x: C $2, D $3."]),
        ("stray $1<tr><td>x<td>$2", ["stray $1", "x: $2."]),
        ("<tr><th>A<th>Old<th>New<tr><td>x<td><del>$1</del><td>$2", ["x: New $2."]),
        ("<style>td:nth-child(2),th:nth-child(2){display:none}</style><tr><th>A<th>B<th>C<tr><td>x<td>$1<td>$2",
         ["x: $2."]),
    ],
)  # fmt: skip
def test_tables_with_hidden_and_odd_parts(table: str, expected: list[str]) -> None:
    assert lines(f"<table>{table}</table>") == expected


def test_marks_of_what_is_left_out_stay_beside_a_line_with_text() -> None:
    html = (
        "<p hidden>$1</p><h1>Fees</h1><p hidden>$2</p><p>Text.</p><p hidden>$3</p>"
        "<ul><li hidden>$4<li>a</ul><h2>End</h2>"
    )
    found = parse_html(html).blocks
    marks = {item.text: chr(0xF0000 + at) for at, item in enumerate(parse_html(html).omissions)}
    assert [block.lines for block in found] == [
        ("Fees",),
        (f"{marks['$1']}{marks['$2']}Text.{marks['$3']}",),
        (f"{marks['$4']}a",),
        ("End",),
    ]
    assert parse_html("<p hidden>$1</p>").blocks == ()
    assert not omitted("<?xml version='1.0'?><!doctype html><p>a<![if !mso]>b<![endif]><!-- -->")
    assert lines("<p>a&#xF0000;b</p>") == ["ab"]
