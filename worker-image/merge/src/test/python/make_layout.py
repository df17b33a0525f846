"""Makes the files that LayoutTest holds the engine's output against: what transformers' save_pretrained writes.

    pip install transformers==5.18.0 torch==2.6.0 safetensors==0.8.0
    python make_layout.py ../resources/layout

`whole` has one file of weights, `sharded` two and an index; both have a tokenizer with a chat template.
"""

import shutil
import sys
from pathlib import Path

import torch
from make_golden import CONFIG
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
# Embedding and first layer, so that the shards end at a layer whatever the order of tensors inside one is.
SHARD_BYTES = 5440


def main(target: Path) -> None:
    """Write both below `target`."""
    shutil.rmtree(target, ignore_errors=True)
    torch.manual_seed(0)
    config = LlamaConfig(**{k: v for k, v in CONFIG.items() if k not in ("architectures", "model_type")})
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    words = Tokenizer(models.WordLevel({"<unk>": 0, "<s>": 1, "</s>": 2, "hello": 3}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    tokenizer.chat_template = TEMPLATE
    for name, shard in (("whole", "5GB"), ("sharded", SHARD_BYTES)):
        model.save_pretrained(target / name, max_shard_size=shard)
        tokenizer.save_pretrained(target / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
