"""The tokenizer as the file format that Hugging Face's libraries read.

The source is compact: {"tokens": [...], "merges": ["a b", ...], "chat": Jinja template}. It is a
byte-level BPE that splits digits one by one (SmolLM2). Ids below SPECIAL are special tokens.
"""

SPECIAL = 17


def tokenizer_json(source: dict) -> dict:
    """tokenizer.json. Raises ValueError where the source has not the three fields named above."""
    missing = {"tokens", "merges", "chat"} - source.keys()
    if missing:
        raise ValueError(f"the tokenizer file has no {', '.join(sorted(missing))}")
    special = [
        {"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        for i, token in enumerate(source["tokens"][:SPECIAL])
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level]},
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(source["tokens"])},
            "merges": source["merges"],
        },
    }


def tokenizer_config(source: dict, end: int, mask: int) -> dict:
    """tokenizer_config.json: the chat template and the special tokens' names."""
    tokens = source["tokens"]
    return {
        "tokenizer_class": "GPT2Tokenizer",
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
        "eos_token": tokens[end],
        "mask_token": tokens[mask],
        "chat_template": source["chat"],
    }
