"""Forms of conversations, in JSON and JSON lines."""

from __future__ import annotations

from benchmarks.integrity.prompt_files.forms import BLUFF, GLOAT, QUEUE, Form, as_json, as_lines, says, turn

_TWO = (BLUFF, QUEUE)
_EARLIER = "1 with earlier turns"
_SYSTEM = "1 with a system message"
_JAR = "Human: is a word on my jar label. How do I peel it off?"
_PICTURE = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "x"}}]
_ANSWERED = [says("user", BLUFF), says("assistant", "No.")]
_GOES_ON = [says("user", "Hello."), says("assistant", "Hi."), says("user", BLUFF), says("assistant", "No.")]
_ATTEMPT = f"\n\nHuman: {BLUFF}\n\nAssistant: No.\n\nHuman: Please?\n\nAssistant: No."

CHATS = (
    Form(
        "messages.jsonl",
        as_lines({"messages": [says("system", "Be brief."), *_ANSWERED]}, {"messages": [says("user", QUEUE)]}),
        _TWO,
        says=("of 2 prompts", _SYSTEM),
    ),
    Form(
        "goes_on.jsonl",
        as_lines({"messages": _GOES_ON}, {"messages": [says("user", QUEUE)]}),
        _TWO,
        says=("of 2 prompts", _EARLIER),
    ),
    Form("extra.jsonl", as_lines({"id": "a", "messages": _ANSWERED, "model": "m", "tags": ["x y", "z"]}), (BLUFF,)),
    Form(
        "developer.jsonl",
        as_lines({"messages": [says("developer", "Be brief."), *_ANSWERED]}),
        (BLUFF,),
        says=(_SYSTEM,),
    ),
    Form("parts.jsonl", as_lines({"messages": [says("user", [{"type": "text", "text": BLUFF}])]}), (BLUFF,)),
    Form(
        "picture.jsonl",
        as_lines({"messages": [says("user", _PICTURE)]}, {"messages": _ANSWERED}),
        (BLUFF,),
        skipped={"not a text alone": 1},
    ),
    Form(
        "no_user.jsonl",
        as_lines({"messages": [says("system", "Be brief.")]}, {"messages": _ANSWERED}),
        (BLUFF,),
        skipped={"no user turn in the conversation": 1},
    ),
    Form(
        "tool.jsonl",
        as_lines(
            {"messages": [says("user", BLUFF), says("assistant", None), says("tool", "42"), says("assistant", "No.")]}
        ),
        (BLUFF,),
    ),
    Form("bare_chats.jsonl", as_lines(_ANSWERED, [says("user", QUEUE)]), _TWO),
    Form("chats.json", as_json([_ANSWERED, [says("user", QUEUE), says("assistant", "No.")]]), _TWO),
    Form("one_chat.json", as_json(_GOES_ON, indent=2), (BLUFF,), says=(_EARLIER,)),
    Form("a_message_each.jsonl", as_lines(says("user", BLUFF), says("user", QUEUE)), _TWO),
    Form(
        "batch.jsonl",
        as_lines(
            {
                "custom_id": "a",
                "method": "POST",
                "url": "/v1/chat/completions",
                "body": {"model": "m", "messages": _ANSWERED},
            }
        ),
        (BLUFF,),
    ),
    Form(
        "sharegpt.jsonl", as_lines({"id": "1", "conversations": [turn("human", BLUFF), turn("gpt", "No.")]}), (BLUFF,)
    ),
    Form(
        "sharegpt.json",
        as_json(
            [
                {"id": "1", "conversations": [turn("system", "Be brief."), turn("human", BLUFF), turn("gpt", "No.")]},
                {"conversations": [turn("user", QUEUE)]},
            ]
        ),
        _TWO,
        says=(_SYSTEM,),
    ),
    Form(
        "sharegpt_goes_on.json",
        as_json(
            [{"conversations": [turn("human", "Hello."), turn("gpt", "Hi."), turn("human", GLOAT), turn("gpt", "No.")]}]
        ),
        (GLOAT,),
        says=(_EARLIER,),
    ),
    Form("pairs_of_turns.json", as_json([{"conversation": [{"human": BLUFF, "assistant": "No."}]}]), (BLUFF,)),
    Form(
        "wildchat.jsonl",
        as_lines(
            {
                "conversation_hash": "f00",
                "conversation": [{**says("user", BLUFF), "toxic": False}, {**says("assistant", "No."), "toxic": False}],
                "turn": 1,
            }
        ),
        (BLUFF,),
    ),
    Form(
        "trl_prompt.jsonl",
        as_lines(
            {
                "prompt": [says("user", BLUFF)],
                "chosen": [says("assistant", "No.")],
                "rejected": [says("assistant", "Lie.")],
            }
        ),
        (BLUFF,),
    ),
    Form(
        "trl_system.jsonl",
        as_lines(
            {"prompt": [says("system", "Be brief."), says("user", BLUFF)], "completion": [says("assistant", "No.")]}
        ),
        (BLUFF,),
        says=(_SYSTEM,),
    ),
    Form(
        "trl_implicit.jsonl",
        as_lines({"chosen": _ANSWERED, "rejected": [says("user", BLUFF), says("assistant", "Lie.")]}),
        (BLUFF,),
    ),
    Form(
        "trl_plain.jsonl",
        as_lines(
            {"prompt": BLUFF, "chosen": "No.", "rejected": "Lie."},
            {"prompt": QUEUE, "chosen": "No.", "rejected": "Push."},
        ),
        _TWO,
    ),
    Form(
        "hh_rlhf.jsonl",
        as_lines(
            {"chosen": f"\n\nHuman: {BLUFF}\n\nAssistant: No.", "rejected": f"\n\nHuman: {BLUFF}\n\nAssistant: Lie."}
        ),
        (BLUFF,),
    ),
    Form(
        "attempts.jsonl",
        as_json([{"transcript": _ATTEMPT, "rating": 1.0}]),
        (BLUFF,),
        says=("1 with later turns",),
    ),
    Form(
        "hh_rlhf_goes_on.jsonl",
        as_lines({"chosen": f"\n\nHuman: Hi.\n\nAssistant: Hi.\n\nHuman: {BLUFF}\n\nAssistant: No.", "rejected": ""}),
        (BLUFF,),
        says=(_EARLIER,),
    ),
    Form(
        "answers_alone.jsonl",
        as_lines(
            {"prompt": None, "chosen": "No.", "rejected": "Lie."},
            {"prompt": BLUFF, "chosen": "No.", "rejected": "Lie."},
        ),
        (BLUFF,),
        skipped={"empty": 1},
    ),
    Form("a_jar.jsonl", as_lines({"prompt": _JAR}), (_JAR,)),
    Form(
        "sorry_turns.jsonl",
        as_lines({"question_id": 1, "category": "1", "turns": [BLUFF], "prompt_style": "base"}),
        (BLUFF,),
    ),
    Form("dialog.json", as_json([{"dialog": [BLUFF, "No."]}, {"dialog": [QUEUE, "No."]}]), _TWO),
)
