"""verl's own dataset class, reward loader and reward manager over an export. Prints what they made of it as JSON."""

import asyncio
import json
import os
import sys

import torch
from omegaconf import OmegaConf

from verl import DataProto
from verl.experimental.reward_loop.reward_manager.naive import NaiveRewardManager
from verl.trainer.ppo.reward import get_custom_reward_fn
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

from grpo_smoke import make_tokenizer

directory = sys.argv[1]
files = {split: os.path.join(directory, split + ".parquet") for split in ("train", "test")}
config = OmegaConf.create(
    {"prompt_key": "prompt", "max_prompt_length": 2048, "truncation": "error", "filter_overlong_prompts": False,
     "cache_dir": os.path.join(directory, "cache")}
)


def texts():
    import pyarrow.parquet as parquet

    rows = parquet.read_table(files["train"], columns=["prompt"]).to_pylist()
    return ["\n".join(message["content"] for message in row["prompt"]) for row in rows]


tokenizer = make_tokenizer(texts())
data = RLHFDataset(data_files=[files["train"]], tokenizer=tokenizer, config=config)
batch = collate_fn([data[0], data[1]])
settings = OmegaConf.create(
    {"reward": {"custom_reward_function": {"path": os.path.join(directory, "reward.py"), "name": "compute_score"}}}
)


async def scored(manager, row, answer):
    ids = tokenizer(answer)["input_ids"]
    item = DataProto.from_dict(
        tensors={"responses": torch.tensor([ids]), "attention_mask": torch.ones(1, len(ids) + 4, dtype=torch.long)},
        non_tensors={key: batch[key][row : row + 1] for key in ("data_source", "reward_model", "extra_info")},
    )
    return await manager.run_single(item)


async def main():
    manager = NaiveRewardManager(settings, tokenizer, get_custom_reward_fn(settings))
    truth = json.loads(batch["reward_model"][0]["ground_truth"])
    right = "<think>x</think><answer>%s|%d</answer>" % (truth["agent"], truth["step"])
    answers = [right, right.replace("<think>", "", 1), "rubbish"]
    rewards = [await scored(manager, 0, answer) for answer in answers]
    prompt = batch["raw_prompt"][0]
    print(json.dumps({
        "rows": len(data),
        "truth": truth,
        "prompt": [{"role": message["role"], "content": message["content"]} for message in prompt],
        "rewards": [reward["reward_score"] for reward in rewards],
        "logged": sorted(rewards[0]["reward_extra_info"]),
    }))


asyncio.run(main())
