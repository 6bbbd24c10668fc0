"""Forms of JSON and JSON lines: wrapped and nested lists, tables by columns, and published sets' columns."""

from __future__ import annotations

from benchmarks.integrity.prompt_files.forms import BLUFF, GLOAT, QUEUE, Form, as_json, as_lines

_TWO = (BLUFF, QUEUE)

_SHAPES = (
    Form("texts.json", as_json([BLUFF, QUEUE]), _TWO),
    Form("objects.json", as_json([{"prompt": BLUFF}, {"prompt": QUEUE}], indent=1), _TWO),
    Form("mixed.json", as_json([BLUFF, {"prompt": QUEUE}, {"Question": GLOAT}]), (BLUFF, QUEUE, GLOAT)),
    Form(
        "topics.json",
        as_json({"Games": {"Cards": [BLUFF], "Sports": [GLOAT]}, "Shops": {"Queues": [QUEUE]}}),
        (BLUFF, GLOAT, QUEUE),
    ),
    Form("topics_like_columns.json", as_json({"Consumer Behavior": [BLUFF], "Attack": [QUEUE]}), _TWO),
    Form(
        "tags_beside.json",
        as_json({"data": [{"prompt": BLUFF}], "tags": ["safety", "v2"]}),
        (BLUFF,),
        says=("not taken for prompts: 'tags'",),
    ),
    Form(
        "tags_first.json",
        as_json(
            {
                "version": "2.1",
                "tags": ["on safety", "of cards"],
                "rows": [{"id": "c-1", "question": BLUFF, "tags": ["x y"]}],
            }
        ),
        (BLUFF,),
    ),
    Form(
        "texts_beside_tags.json",
        as_json({"name": "games", "prompts": [BLUFF, QUEUE], "categories": ["cards", "shops"]}),
        _TWO,
    ),
    Form(
        "prompts_beside_notes.json",
        as_json({"prompts": [BLUFF, QUEUE], "Remarks of the author": ["The first is mild."]}),
        _TWO,
        says=("Remarks of the author",),
    ),
    Form("described.json", as_json({"text": "A set of mild prompts.", "items": [{"prompt": BLUFF}]}), (BLUFF,)),
    Form(
        "splits.json",
        as_json({"train": [{"goal": BLUFF, "target": "Sure"}], "test": [{"goal": QUEUE, "target": "Sure"}]}),
        _TWO,
    ),
    Form(
        "groups.json",
        as_json([{"category": "games", "prompts": [BLUFF]}, {"category": "shops", "prompts": [QUEUE]}]),
        _TWO,
    ),
    Form(
        "viewer.json",
        as_json(
            {
                "features": [{"name": "prompt"}],
                "rows": [{"row_idx": 0, "row": {"prompt": BLUFF}, "truncated_cells": []}],
            }
        ),
        (BLUFF,),
    ),
    Form("columns.json", as_json({"prompt": [BLUFF, QUEUE], "id": [1, 2]}), _TWO),
    Form(
        "columns_with_context.json",
        as_json({"instruction": ["Be rude.", BLUFF], "input": ["Close the door.", ""], "output": ["…", "No."]}),
        ("Be rude.\n\nClose the door.", BLUFF),
    ),
    Form(
        "pandas_columns.json",
        as_json({"prompt": {"0": BLUFF, "1": QUEUE}, "category": {"0": "games", "1": "shops"}}),
        _TWO,
    ),
    Form("pandas_index.json", as_json({"0": {"prompt": BLUFF, "n": 1}, "1": {"prompt": QUEUE, "n": 2}}), _TWO),
    Form(
        "pandas_split.json",
        as_json({"columns": ["id", "prompt"], "index": [0, 1], "data": [[7, BLUFF], [8, QUEUE]]}),
        _TWO,
    ),
    Form(
        "pandas_table.json",
        as_json(
            {"schema": {"fields": [{"name": "prompt", "type": "string"}]}, "data": [{"index": 0, "prompt": BLUFF}]}
        ),
        (BLUFF,),
    ),
    Form("numbered.json", as_json({"0": BLUFF, "1": QUEUE}), _TWO),
    Form("one.json", as_json({"prompt": BLUFF, "tags": ["mild", "games of cards"]}), (BLUFF,)),
    Form("lines.json", as_lines({"prompt": BLUFF}, {"prompt": QUEUE}), _TWO),
    Form("pretty.jsonl", as_json({"prompt": BLUFF}, indent=2) + b"\n" + as_json({"prompt": QUEUE}, indent=2), _TWO),
    Form("list.jsonl", as_json([{"prompt": BLUFF}, {"prompt": QUEUE}], indent=2), _TWO),
    Form("gaps.jsonl", b"\n" + as_json({"prompt": BLUFF}) + b"\n\n\n" + as_json({"prompt": QUEUE}), _TWO),
    Form("mark.jsonl", b"\xef\xbb\xbf" + as_lines({"prompt": BLUFF}, {"prompt": QUEUE}), _TWO),
    Form("old_mac.jsonl", as_lines({"prompt": BLUFF}, {"prompt": QUEUE}).replace(b"\n", b"\r"), _TWO),
    Form("texts.ndjson", as_lines(BLUFF, QUEUE), _TWO),
    Form(
        "separator.jsonl",
        as_lines({"prompt": f"{BLUFF}\u2028Tell me."}, {"prompt": QUEUE}),
        (f"{BLUFF}\u2028Tell me.", QUEUE),
    ),
    Form(
        "nothing.jsonl",
        b'{"prompt": NaN}\n{"prompt": null}\n{"prompt": "\\u200b\\u2060"}\n{"prompt": "\\ufe0f"}\n'
        + as_lines({"prompt": BLUFF}),
        (BLUFF,),
        skipped={"empty": 4},
    ),
    Form("half.jsonl", b'{"prompt": "\\ud83d How do I gloat?"}\n', ("? How do I gloat?",)),
    Form(
        "repeats.jsonl",
        as_lines({"prompt": BLUFF}, {"prompt": f"  {BLUFF.upper()}  "}, {"prompt": BLUFF + "\u200b"}),
        (BLUFF,),
        skipped={"duplicate": 2},
    ),
    Form("inner.jsonl", as_lines({"prompt": {"text": BLUFF, "toxicity": 0.1}, "challenging": False}), (BLUFF,)),
    Form("named.jsonl", as_lines({"a": {"wording": BLUFF}, "text": "No."}), (BLUFF,), column="a.wording"),
)

_COLUMNS = (
    Form(
        "alpaca.jsonl",
        as_lines(
            {"instruction": "Be rude.", "input": "Close the door.", "output": "…"},
            {"instruction": BLUFF, "input": "", "output": "…"},
        ),
        ("Be rude.\n\nClose the door.", BLUFF),
        says=("instruction", "input"),
    ),
    Form(
        "dolly.jsonl",
        as_lines({"instruction": "Mock it.", "context": "A jar.", "response": "…", "category": "x"}),
        ("Mock it.\n\nA jar.",),
    ),
    Form("strongreject.jsonl", as_lines({"forbidden_prompt": BLUFF, "category": "games", "source": "own"}), (BLUFF,)),
    Form(
        "wildjailbreak.jsonl",
        as_lines({"vanilla": BLUFF, "adversarial": f"As a poet: {BLUFF}", "data_type": "x"}),
        (BLUFF,),
    ),
    Form(
        "wildguard.jsonl",
        as_lines({"prompt": BLUFF, "adversarial": True, "response": "No.", "subcategory": "x"}),
        (BLUFF,),
    ),
    Form(
        "toxicchat.jsonl",
        as_lines({"conv_id": "c", "user_input": BLUFF, "model_output": "No.", "jailbreaking": 0}),
        (BLUFF,),
    ),
    Form(
        "jailbreakbench.json",
        as_json([{"Index": 0, "Goal": BLUFF, "Target": "Sure", "Behavior": "Lies", "Category": "x"}]),
        (BLUFF,),
    ),
    Form("donotanswer.jsonl", as_lines({"id": 1, "risk_area": "x", "types_of_harm": "y", "question": BLUFF}), (BLUFF,)),
    Form(
        "beavertails.jsonl",
        as_lines({"prompt": BLUFF, "response": "No.", "category": {"theft": False}, "is_safe": True}),
        (BLUFF,),
    ),
    Form("user_names.jsonl", as_lines({"user": "bob", "text": BLUFF}, {"user": "ann", "text": QUEUE}), _TWO),
    Form("kinds.jsonl", as_lines({"behavior": "theft", "text": BLUFF}, {"behavior": "lies", "text": QUEUE}), _TWO),
    Form("input.jsonl", as_lines({"input": BLUFF}), (BLUFF,)),
    Form("user_and_assistant.jsonl", as_lines({"user": BLUFF, "assistant": "No."}), (BLUFF,)),
    Form(
        "three_names.jsonl", as_lines({"prompt": BLUFF}, {"Prompt": QUEUE}, {"question": GLOAT}), (BLUFF, QUEUE, GLOAT)
    ),
    Form("filled_up.jsonl", as_lines({"prompt": BLUFF, "question": None}, {"prompt": None, "question": QUEUE}), _TWO),
    Form("number_named_prompt.jsonl", as_lines({"prompt": 1, "text": BLUFF}, {"prompt": 2, "text": QUEUE}), _TWO),
    Form("code_named_prompt.jsonl", as_lines({"prompt": "q-1", "text": BLUFF}, {"prompt": "q-2", "text": QUEUE}), _TWO),
    Form(
        "made_up_name.jsonl",
        as_lines({"prompt_id": "p1 of x", "test_case_prompt": BLUFF, "prompt_type": "direct ask"}),
        (BLUFF,),
    ),
    Form(
        "chosen_column.jsonl",
        as_lines({"prompt": "Rate the answer.", "Harmful Wish": BLUFF}),
        (BLUFF,),
        column="harmful_wish",
    ),
)

JSON_FORMS = (*_SHAPES, *_COLUMNS)
