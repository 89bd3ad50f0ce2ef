"""What crosses into another language is read there as the text that it was, or refused.

For each boundary there is one encoder; each is given whatever text there may be, and
read back by the parser that will read it, or one made after its description. That
nothing passes beside the encoders is looked up in the source.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import string
from collections.abc import Iterator
from email.message import Message
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote
from xml.etree import ElementTree
from zipfile import ZipFile

from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment
from panoramisk.actions import Action
from panoramisk.utils import IdGenerator
from xlsxwriter import Workbook

from ivr.asterisk.conf_file import conf_value, dialplan_word
from ivr.asterisk.decode import agi_headers, ami_message, keys, number, text
from ivr.asterisk.encode import agi_argument, ami_value, name, subscriber
from ivr.cli.logs import one_line
from ivr.core.sheet_cell import RISKY, harmless, plain
from ivr.core.softphone import Softphone
from ivr.core.spoken import is_recording
from ivr.errors import BadInput
from ivr.web.encode import attachment
from ivr.web.lpconfig import lpconfig

PROJECT = Path(__file__).parents[2]
# `make test-fuzz` asks for more.
EXAMPLES = int(os.environ.get("ENCODER_EXAMPLES", "60"))
FEW = settings(max_examples=EXAMPLES, deadline=None)

ODD = "\0\r\n\t\x0b\x1b\x7f\x85\u2028\u2029\u200d\u202e\ufeff\ud800\"'\\;,:=<>"
ODD += "[](){}$%&|`/. -"
# Ordinary words, the letters that have a meaning somewhere, and everything there is.
anything = st.one_of(
    st.text(st.sampled_from(ODD + "aक्‍ष1०")),
    st.text(st.characters(exclude_categories=())),
    st.sampled_from(
        ["${SHELL(id)}", "$[1+1]", "=1+1", "../../etc/passwd", "नमस्ते", "a\r\nAction: x"]
    ),
)


def encoded(encode: object, value: str) -> str | None:
    """Return what an encoder makes of it; None: it refuses."""
    try:
        return encode(value)  # type: ignore[operator, no-any-return]
    except BadInput:
        return None


# AMI


@FEW
@given(anything, anything)
async def test_a_value_is_one_header_of_an_action(first: str, second: str) -> None:
    one, other = encoded(ami_value, first), encoded(ami_value, second)
    if one is None or other is None:
        return
    IdGenerator.reset(uid="x")
    sent = str(Action({"Action": "Originate", "Channel": one, "Exten": other}))
    *messages, rest = sent.encode().split(b"\r\n\r\n")
    assert (len(messages), rest) == (1, b"")
    lines = messages[0].decode().split("\r\n")
    assert f"Channel: {one}" in lines and f"Exten: {other}" in lines
    assert sorted(line.partition(":")[0] for line in lines) == [
        "Action",
        "ActionID",
        "Channel",
        "Exten",
    ]
    assert one == first and "${" not in one and "$[" not in one


@FEW
@given(st.binary() | anything.map(lambda one: one.encode("utf-8", "surrogatepass")))
@example(b"Event: a\r\nEvent: b\r\nevent: c")
@example(b"Response: Follows\r\nOutput: x")
def test_any_message_is_read_as_plain_texts(raw: bytes) -> None:
    read = ami_message(b"Event: x\r\n" + raw)
    assert read["Event"] == "x"
    for key, value in read.items():
        for said in (key, value):
            assert said == text(said)
            assert not re.search("[\0-\x1f\x7f-\x9f\ud800-\udfff]", said)
            assert len(said) <= 1024
    assert len({key.lower() for key in read}) == len(read)


@FEW
@given(anything | st.integers().map(str))
def test_a_number_is_one_that_any_database_keeps_or_none(said: str) -> None:
    read = number(said)
    assert read is None or (0 <= read < 2**31 and int(said) == read)
    assert set(keys(said)) <= set("0123456789*#ABCD")


# AGI


def read_arguments(line: str) -> list[str]:
    """Read a command as Asterisk does: parse_args() of res/res_agi.c."""
    found: list[str] = []
    current, is_quoted, is_escaped, is_word = "", False, False, False
    for letter in line:
        if is_escaped:
            current, is_escaped, is_word = current + letter, False, True
        elif letter == "\\":
            is_escaped = True
        elif letter == '"':
            is_quoted, is_word = not is_quoted, True
        elif letter in " \t" and not is_quoted:
            if is_word:
                found.append(current)
            current, is_word = "", False
        else:
            current, is_word = current + letter, True
    return [*found, current] if is_word else found


@FEW
@given(anything, anything)
@example('a" "b', "\\")
def test_an_argument_of_agi_is_read_as_one(first: str, second: str) -> None:
    one, other = encoded(agi_argument, first), encoded(agi_argument, second)
    if one is None or other is None:
        return
    line = f"EXEC Bridge {one} {other}"
    assert "\n" not in line and "\r" not in line
    assert read_arguments(line) == ["EXEC", "Bridge", first, second]


@FEW
@given(anything)
def test_nothing_that_others_say_adds_a_header_of_agi(said: str) -> None:
    said = said.replace("\n", "")
    raw = f"agi_uniqueid: c-1\nagi_callerid: {said}\n\n".encode("utf-8", "replace")
    read = agi_headers(raw)
    assert read["agi_uniqueid"] == "c-1"
    assert read.keys() == {"agi_uniqueid", "agi_callerid"}


@FEW
@given(anything)
def test_names_and_numbers_are_no_more_than_that(said: str) -> None:
    if (one := encoded(name, said)) is not None:
        assert set(one) <= set(string.ascii_letters + string.digits + "._-")
    if (called := encoded(subscriber, said)) is not None:
        assert re.fullmatch(r"\+91[2-9][0-9]{9}", called, re.ASCII)


# Asterisk's files


def read_line(line: str) -> tuple[str, str]:
    """Read a line as Asterisk does: process_text_line() of main/config.c."""
    at = 0
    while (at := line.find(";", at)) >= 0:
        if at > 0 and line[at - 1] == "\\":
            line = line[: at - 1] + line[at:]
        else:
            line = line[:at]
            break
    key, _, value = line.strip().partition("=")
    return key.strip(), value.removeprefix(">").strip()


@FEW
@given(anything)
@example("a\\;b;--c")
def test_a_value_of_a_file_is_read_as_it_was(said: str) -> None:
    written = encoded(conf_value, said)
    if written is None:
        return
    assert len(written.splitlines()) <= 1
    assert read_line(f"password = {written}") == ("password", said)


@FEW
@given(anything)
def test_a_word_of_the_dialplan_means_nothing_but_itself(said: str) -> None:
    word = encoded(dialplan_word, said)
    assert word is None or not set(word) & set(",()[]{}|&\"'\\`;\n\r")
    assert word is None or ("${" not in word and "$[" not in word)


# Spreadsheets


@FEW
@given(st.lists(anything, min_size=1, max_size=4))
def test_a_row_of_a_table_is_read_as_it_was(cells: list[str]) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([harmless(one) for one in cells])
    raw = out.getvalue().encode("utf-8-sig")
    [row] = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert len(row) == len(cells)
    for read, cell in zip(row, cells, strict=True):
        assert read.removeprefix("'") == plain(cell).removeprefix("'")
        seen = read.lstrip("\t\r\n \u00a0\u200b\u200d\ufeff\x0b\x1b")
        assert not seen or seen[0] not in RISKY


@settings(max_examples=max(20, EXAMPLES // 10), deadline=None)
@given(anything)
def test_a_cell_of_a_workbook_is_a_text(said: str) -> None:
    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.add_worksheet().write_string(0, 0, plain(said))
    book.close()
    with ZipFile(out) as parts:
        sheet = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
        assert not list(sheet.iter("{*}f"))
        for part in parts.namelist():
            ElementTree.fromstring(parts.read(part))


# Names of files


@FEW
@given(anything)
@example("परिणाम.csv")
@example("..")
def test_a_name_for_a_file_is_one_and_ends_no_header(said: str) -> None:
    header = attachment(said)
    assert header.isascii() and header.isprintable()
    read = Message()
    read["Content-Disposition"] = header
    assert read.get_content_disposition() == "attachment"
    plain_name, _, encoded_name = header.partition("; filename*=UTF-8''")
    shown = unquote(encoded_name) if encoded_name else str(read.get_filename())
    assert 0 < len(shown) <= 80
    assert re.fullmatch(r'attachment; filename="[\w .-]+"', plain_name, re.ASCII)
    assert PurePosixPath(shown).name == shown and "\\" not in shown
    assert not shown.startswith(".")
    letters = [one for one in said if one.isalnum()]
    if 0 < len(letters) and len(said) <= 80:
        assert [one for one in shown if one.isalnum()] == letters


@FEW
@given(anything)
@example("a/../b.wav")
@example("..wav")
def test_a_recording_lies_in_its_folder(said: str) -> None:
    if is_recording(said) or is_recording(said := f"{said}.wav"):
        assert (Path("/answers") / said).parent == Path("/answers")
        assert said.isascii() and said.isprintable()


# XML, and lines of a log


@FEW
@given(anything)
def test_a_softphones_settings_are_read_as_they_were(said: str) -> None:
    said = re.sub("[\0-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]", "", said)
    made = lpconfig(Softphone(said, 5061, 5060, said, said, said))
    root = ElementTree.fromstring(made)
    [password] = [one for one in root.iter() if one.get("name") == "passwd"]
    assert (password.text or "") == said
    assert {one.tag.partition("}")[2] for one in root.iter()} == {
        "config",
        "section",
        "entry",
    }


@FEW
@given(anything)
def test_an_event_is_one_line_of_the_log(said: str) -> None:
    event = one_line(
        None, "info", {"event": said, "number": 3, "exception": f"a\n{said}"}
    )
    line = str(event["event"])
    assert len(line.splitlines()) <= 1 and "\x1b" not in line
    assert event["number"] == 3
    line.encode()
    first, *more = str(event["exception"]).split("\n")
    assert first == "a" and all(one.startswith("  ") for one in more)
    json.dumps(event)


# Pages


@FEW
@given(anything)
def test_a_text_in_a_page_is_text(said: str) -> None:
    environment = Environment(
        loader=DictLoader({"x": "<p title=\"{{ a }}\" id='{{ a }}'>{{ a }}</p>"}),
        autoescape=True,
    )
    made = environment.get_template("x").render(a=said)
    assert re.fullmatch(r"<p title=\"[^\"<>]*\" id='[^'<>]*'>[^<>]*</p>", made)


# What begins an address in a page: made by us, never a text that somebody wrote.
ADDRESSES_OF_OURS = re.compile(
    r"{{ (?:asset\(|link\(|'/|address }|action }|place\.path })"  # macros and paths
)


def test_pages_put_texts_only_where_they_are_escaped() -> None:
    """In an element, or in an attribute's quotes; in no script, style or address."""
    files = [
        *(PROJECT / "ivr").glob("*/templates/*.html"),
        *(PROJECT / "ivr").glob("*/templates/*.j2"),
    ]
    assert len(files) > 50
    for file in files:
        page = re.sub(r"{%.*?%}", "", file.read_text("utf-8"), flags=re.DOTALL)
        assert not re.search(r"\|\s*safe\b|autoescape|\|\s*tojson|Markup", page), file
        assert not re.search(r"\s[\w-]+={{", page), f"{file}: a value without quotes"
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*\S", page), file
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", page), file
        for value in re.findall(r'(?:href|action|src|hx-\w+)="({{[^}]*}})', page):
            assert ADDRESSES_OF_OURS.match(value), f"{file}: {value} of whom?"


# Nothing passes beside them: the source


Called = tuple[Path, ast.Call, str]  # what is called, as it is written


@cache
def calls() -> list[Called]:
    """Return each call in the source."""
    return list(_calls("ivr", "agi_scripts", "scripts"))


def _calls(*folders: str) -> Iterator[Called]:
    for folder in folders:
        for file in sorted((PROJECT / folder).rglob("*.py")):
            if "node_modules" in file.parts:
                continue
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and (called := _named(node.func)):
                    yield file, node, called


def _named(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_named(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


SQL = ("text", "exec_driver_sql", "literal_column", "DDL", "executescript", "execute")


def _is_written(node: ast.expr) -> bool:
    """Say whether a value stands in the source as it is, or has a constant's name."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=called):
            return called.isupper()
        case ast.Attribute(attr=called):
            return called.isupper()
    return False


# What stands in a statement all the same, and is no data: a word out of a fixed list,
# or a name that SQLAlchemy has quoted. PRAGMA and DDL take no parameters.
SEEN_IN_STATEMENTS = {
    ("ivr/store/copying.py", "table"),
    ("ivr/store/dumping.py", "aside"),
    ("ivr/store/dumping.py", "quote(aside)"),
    ("ivr/store/dumping.py", "schema"),
    ("ivr/store/dumping.py", "table"),
    ("ivr/store/journal_scratch.py", "pragma"),
    ("ivr/store/journal_verify.py", "name"),  # of our own tables
    ("ivr/store/journal_verify.py", "where"),  # with an int() in it
    ("ivr/store/postgres.py", "name"),  # of a setting
    ("ivr/store/sqlite.py", "synchronous"),
}


def test_no_statement_is_made_of_data() -> None:
    """A value reaches the database as a parameter, never within the statement."""
    found = {
        (str(file.relative_to(PROJECT)), put_in)
        for file, node, called in calls()
        if called.split(".")[-1] in SQL and node.args
        if file.parts[-2] not in ("simulation", "versions")  # no data; migrations
        for put_in in _put_into(node.args[0])
    }
    unseen = found - SEEN_IN_STATEMENTS
    assert not unseen, f"look at them: is it data? If not, add them above: {unseen}"


def _put_into(node: ast.expr) -> Iterator[str]:
    """Yield what is put into a text, of which we do not see what it is."""
    match node:
        case ast.JoinedStr(values=values):
            for one in values:
                if isinstance(one, ast.FormattedValue) and not _is_written(one.value):
                    yield ast.unparse(one.value)
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            if isinstance(left, ast.Constant | ast.JoinedStr):
                yield from _put_into(left)
                if not _is_written(right):
                    yield ast.unparse(right)
        case ast.Call(func=ast.Attribute(attr="format" | "join")):
            yield ast.unparse(node)


def test_no_shell_reads_what_we_run() -> None:
    wrong = [
        f"{file.relative_to(PROJECT)}:{node.lineno}"
        for file, node, called in calls()
        if called in ("os.system", "os.popen", "subprocess.getoutput")
        or called.endswith("create_subprocess_shell")
        or any(word.arg == "shell" for word in node.keywords)
    ]
    assert not wrong


def test_nobody_waits_by_what_forgets_that_it_was_cancelled() -> None:
    """asyncio.wait_for of Python 3.11, where the answer comes at that moment."""
    assert not [file for file, _, called in calls() if called == "asyncio.wait_for"]


def test_markup_is_made_of_our_own_words_only() -> None:
    """Markup() takes what is written in the source; data comes by format()."""
    wrong = {
        f"{file.relative_to(PROJECT)}: {ast.unparse(node)}"
        for file, node, called in calls()
        if called.split(".")[-1] == "Markup" and not _is_written(node.args[0])
    }
    assert wrong == {
        "ivr/report/as_html.py: Markup(_style())",  # our style sheet and fonts
        "ivr/web/floor_rows.py: Markup(text)",  # an autoescaped template's
        "ivr/web/pages/desk.py: Markup(text)",  # written in the line above
    }


def test_each_boundary_has_one_encoder() -> None:
    """Who writes a table or the name of a download asks the one encoder there is."""
    tables = {
        file
        for file, _, called in calls()
        if called in ("csv.writer", "csv.DictWriter")
        and not file.name.startswith("bench_")  # their own figures
    }
    assert len(tables) >= 3
    for file in tables:
        source = file.read_text("utf-8")
        assert "import harmless" in source or "import safe" in source, file
    for file in (PROJECT / "ivr/web").glob("**/*.py"):
        if file.name != "encode.py" and "node_modules" not in file.parts:
            assert "attachment; filename" not in file.read_text("utf-8"), file


def test_every_environment_of_pages_escapes_by_itself() -> None:
    escapes = {
        file.name: ast.unparse(word.value)
        for file, node, called in calls()
        if called == "Environment"
        for word in node.keywords
        if word.arg == "autoescape"
    }
    # Asterisk's files have an encoder of their own, for every value: `finalize`.
    assert escapes.pop("conf_file.py") == "False"
    assert set(escapes.values()) == {"True"} and len(escapes) >= 2
