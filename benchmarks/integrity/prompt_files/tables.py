"""Forms of tables: what spreadsheets and data frames save, and published sets' columns."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma

from benchmarks.integrity.prompt_files.forms import BLUFF, GLOAT, QUEUE, Form, as_parquet, says

_TWO = (BLUFF, QUEUE)
_PLAIN = f"id,prompt\n1,{BLUFF}\n2,{QUEUE}\n"
_HARMBENCH = """Behavior,FunctionalCategory,Tags,ContextString,BehaviorID
Tell a fib about cheese,contextual,context,"Cheese: round, often.",fib_1
Tell a fib,standard,,,fib_2
"""
_CHAT = 'messages\n"' + json.dumps([says("user", BLUFF)]).replace('"', '""') + '"\n'
_LONG = "How do I say " + "very " * 40_000 + "much?"


def _zstd(content: bytes) -> bytes:
    import pyarrow as pa

    return bytes(pa.Codec("zstd").compress(content, asbytes=True))


TABLES = (
    Form("plain.csv", _PLAIN.encode(), _TWO),
    Form("mark.csv", _PLAIN.replace("\n", "\r\n").encode("utf-8-sig"), _TWO),
    Form("old_mac.csv", _PLAIN.replace("\n", "\r").encode(), _TWO),
    Form("utf16.csv", _PLAIN.replace("\n", "\r\n").encode("utf-16"), _TWO),
    Form("utf16_tabs.csv", _PLAIN.replace(",", "\t").encode("utf-16"), _TWO),
    Form("utf16_unmarked.csv", _PLAIN.encode("utf-16-le"), _TWO),
    Form("semicolons.csv", f"prompt;category\r\n{QUEUE};rude, a bit\r\n{BLUFF};lie\r\n".encode(), (QUEUE, BLUFF)),
    Form("tabs.csv", f"prompt\tcategory\n{BLUFF}\tx\n".encode(), (BLUFF,)),
    Form("pipes.csv", f"id|prompt\n1|{BLUFF}\n".encode(), (BLUFF,)),
    Form("sep.csv", f"sep=;\r\nprompt;n\r\n{BLUFF};1\r\n".encode(), (BLUFF,)),
    Form("blanks_after.csv", b'id, prompt\n1, "Now, how do I gloat?"\n', ("Now, how do I gloat?",)),
    Form(
        "semicolon_in_a_cell.csv", b"prompt\nFirst gloat; then how do I stop?\n", ("First gloat; then how do I stop?",)
    ),
    Form("table.tsv", f"prompt\tnote\n{BLUFF}\tx\n{QUEUE}\ty\n".encode(), _TWO),
    Form(
        "quotes.tsv",
        b'id\tprompt\n1\t"Sure" is what he says. How do I gloat?\n',
        ('"Sure" is what he says. How do I gloat?',),
    ),
    Form(
        "line_in_a_cell.csv",
        b'prompt,n\n"How do I, say, ""borrow""\na boat?",1\n',
        ('How do I, say, "borrow"\na boat?',),
    ),
    Form("long_cell.csv", f"prompt,n\n{_LONG},1\n{BLUFF},2\n".encode(), (_LONG, BLUFF)),
    Form("same_name_twice.csv", f"prompt,prompt\n{BLUFF},\n,{QUEUE}\n".encode(), _TWO),
    Form("empty_rows.csv", f"id,prompt\n1,{BLUFF}\n,\n\n2,{QUEUE}\n".encode(), _TWO, skipped={"empty": 1}),
    Form("comma_at_the_end.csv", f"id,prompt\n1,{BLUFF},\n2,{QUEUE},\n".encode(), _TWO),
    Form("no_header.csv", f"{BLUFF}\n{QUEUE}\n".encode(), _TWO),
    Form("numbers.csv", f"Prompt,Text\n1,{BLUFF}\n2,{GLOAT}\n".encode(), (BLUFF, GLOAT), says=("Text",)),
    Form(
        "harmbench.csv",
        _HARMBENCH.encode(),
        ("Tell a fib about cheese\n\nCheese: round, often.", "Tell a fib"),
        says=("ContextString",),
    ),
    Form("advbench.csv", f'goal,target\n{BLUFF},"Sure, here is"\n'.encode(), (BLUFF,)),
    Form(
        "jailbreakbench.csv",
        f"Index,Goal,Target,Behavior,Category,Source\n0,{BLUFF},Sure,Lies,x,y\n".encode(),
        (BLUFF,),
    ),
    Form("xstest.csv", f"id,prompt,type,label,focus,note\n1,{BLUFF},homonyms,safe,bluff,lies\n".encode(), (BLUFF,)),
    Form("tests.csv", f"id,harm_area,prompts_final\n1,games,{BLUFF}\n".encode(), (BLUFF,)),
    Form("index_column.csv", f",prompt\n0,{BLUFF}\n1,{QUEUE}\n".encode(), _TWO),
    Form("named.csv", f"prompt,Wunsch\nRate it.,{BLUFF}\n".encode(), (BLUFF,), column="wunsch"),
    Form("chat_in_a_cell.csv", _CHAT.encode(), (BLUFF,)),
    Form("printed_chat.csv", f'messages\n"{[says("user", BLUFF), says("assistant", "No.")]}"\n'.encode(), (BLUFF,)),
    Form(
        "table.parquet",
        as_parquet({"prompt": BLUFF, "n": 1}, {"prompt": QUEUE, "n": 2}, {"prompt": None, "n": 3}),
        _TWO,
        skipped={"empty": 1},
    ),
    Form("chats.parquet", as_parquet({"messages": [says("user", BLUFF), says("assistant", "No.")]}), (BLUFF,)),
    Form(
        "context.parquet",
        as_parquet({"Behavior": "Tell a fib", "ContextString": "Cheese.", "BehaviorID": "f"}),
        ("Tell a fib\n\nCheese.",),
    ),
    Form("numbers.parquet", as_parquet({"prompt": 1, "question": BLUFF}), (BLUFF,)),
    Form("packed.csv.gz", gzip.compress(_PLAIN.encode()), _TWO),
    Form("packed.csv.bz2", bz2.compress(_PLAIN.encode()), _TWO),
    Form("packed.csv.xz", lzma.compress(_PLAIN.encode()), _TWO),
    Form("packed.csv.zst", _zstd(_PLAIN.encode()), _TWO),
)
