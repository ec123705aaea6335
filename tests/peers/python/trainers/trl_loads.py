"""TRL's config class and the datasets library over an export, as train_trl.py uses them. Prints JSON."""

import json
import os
import sys

from trl import GRPOConfig

import train_trl

directory = sys.argv[1]
manifest = train_trl.check(directory)
rows = train_trl.load_rows(directory, manifest, os.path.join(directory, "cache"))
reward = train_trl.load_reward(directory)
first = rows["train"][0]
right = "<think>x</think><answer>%s|%d</answer>" % (first["agent"], first["step"])
columns = {name: [first[name]] * 2 for name in rows["train"].column_names if name != "prompt"}
completions = [[{"role": "assistant", "content": text}] for text in (right, "rubbish")]
config = GRPOConfig(**train_trl.settings("out", per_device=4, bf16=False, use_cpu=True))
print(json.dumps({
    "rows": {split: len(rows[split]) for split in rows},
    "prompt": first["prompt"],
    "rewards": reward.culprit_reward(prompts=[first["prompt"]] * 2, completions=completions, **columns),
    "settings": {
        "generation_batch_size": config.generation_batch_size,
        "num_generations": config.num_generations,
        "mini_batches": config.steps_per_generation // config.gradient_accumulation_steps,
        "learning_rate": config.learning_rate,
        "beta": config.beta,
        "epsilon": config.epsilon,
        "loss_type": config.loss_type,
        "eval_strategy": str(config.eval_strategy.value),
    },
}))
