"""test/fixtures/golden/tokenizer/added.json: ids of transformers' CLIPTokenizer with added tokens, for the vocabulary of
tokenizer/tiny, saved as tokenizer.json and in the older form (vocab.json, merges.txt, tokenizer_config.json or added_tokens.json).

    python tools/goldens/added_tokens.py     # transformers 5.24
"""
import json, pathlib, tempfile
import transformers
from transformers import AddedToken, CLIPTokenizerFast

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "test/fixtures/golden/tokenizer"
TOKENS = [
    "<cat-toy>",
    "wombat",
    "<cat-toy>x",
    "Tabby Cat",
    AddedToken("<Sks>", normalized=False),
    AddedToken("dog", single_word=True, normalized=False),
    AddedToken("<pad>", special=True, normalized=False),
    AddedToken("<lr>", lstrip=True, rstrip=True),
]
TEXTS = [
    "a photo of a wombat.", "a photo of a <cat-toy>.", "a <cat-toy>x <cat-toy>", "WOMBATS and Wombat", "xwombat", "wombatwombat",
    "a photo of a tabby  cat", "a photo of a TABBY CAT.", "tabbycat", "<Sks> <sks>", "a<Sks>b", "a dog", "a hotdog, dogs, dog.", "dog_ dog",
    "<pad> and <PAD>", "a <lr> b", "  wombat  ", "<cat-toy", "cat-toy>", "a photo of a <|endoftext|> wombat", "", "café wombat café",
]


def ids(tokenizer):
    return [tokenizer(text)["input_ids"][1:-1] for text in TEXTS]


tokenizer = CLIPTokenizerFast.from_pretrained(GOLDEN / "tiny")
tokenizer.add_tokens(TOKENS)
with tempfile.TemporaryDirectory() as folder:
    tokenizer.save_pretrained(folder)
    saved = json.loads((pathlib.Path(folder) / "tokenizer.json").read_text())
added = [token for token in saved["added_tokens"] if token["id"] >= len(saved["model"]["vocab"])]

# The older form: full descriptions by id, and names alone.
model = saved["model"]
older = {}
for form in ("added_tokens_decoder", "added_tokens.json"):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "vocab.json").write_text(json.dumps(model["vocab"]))
        (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in model["merges"]) + "\n")
        config = {"tokenizer_class": "CLIPTokenizer", "bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
        if form == "added_tokens_decoder":
            config[form] = {str(token["id"]): {key: value for key, value in token.items() if key != "id"} for token in saved["added_tokens"]}
        else:
            (folder / form).write_text(json.dumps({token["content"]: token["id"] for token in added}))
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        older[form] = ids(CLIPTokenizerFast.from_pretrained(folder))

(GOLDEN / "added.json").write_text(
    json.dumps({"made_with": f"transformers {transformers.__version__}", "added_tokens": added, "texts": TEXTS, "tokenizer.json": ids(tokenizer), **older}, ensure_ascii=False, indent=1)
    + "\n"
)
