"""Trains a tracer with TRL under AgenTracer's settings (arXiv 2509.03312): Qwen3-8B, GRPO without KL, 32 prompts of 8
rollouts, learning rate 1e-6, dynamic clip. Written against TRL 1.16.

    culprit export --format trl --from DATASET --out DIR
    accelerate launch --num_processes 8 DIR/train_trl.py --data DIR --out CHECKPOINTS
    python DIR/train_trl.py --data DIR --print          the settings as JSON, without training

The held-out split is scored while training. A run whose prompt is longer than --prompt-tokens is left out, and counted.
"""

import argparse
import importlib.util
import json
import os
import sys

from transformers import TrainerCallback

from dynamic_clip import BASE, clip_at

SCHEMA = 1
PROMPTS = 32
ROLLOUTS = 8
# Optimizer steps a batch of rollouts. With one, the policy that is trained is the one that generated, every ratio is
# exactly 1, and no clip does anything.
MINI_BATCHES = 4


class DynamicClip(TrainerCallback):
    """Sets the clip of GRPOTrainer before every optimizer step; the trainer reads it at every loss."""

    def __init__(self, trainer, base=BASE):
        if not hasattr(trainer, "epsilon_low") or not hasattr(trainer, "epsilon_high"):
            raise RuntimeError("This TRL keeps its clip somewhere else than epsilon_low and epsilon_high; use TRL 1.16.")
        self.trainer, self.base, self.history = trainer, base, []

    def on_step_begin(self, args, state, control, **kwargs):
        bound = clip_at(state.global_step, state.max_steps, self.base)
        self.trainer.epsilon_low = self.trainer.epsilon_high = bound
        self.history.append(bound)


def settings(out, processes=1, per_device=1, prompts=PROMPTS, rollouts=ROLLOUTS, mini_batches=MINI_BATCHES, **changes):
    """What GRPOConfig is made of. ``per_device`` completions are in a GPU's memory at a time."""
    completions = prompts * rollouts
    micro_batches, rest = divmod(completions, processes * per_device)
    if rest or micro_batches % mini_batches:
        raise ValueError(
            "%d completions do not split into %d mini-batches over %d processes of %d: choose --per-device and the "
            "number of processes as powers of two." % (completions, mini_batches, processes, per_device)
        )
    return {
        "output_dir": out,
        "learning_rate": 1e-6,
        "lr_scheduler_type": "constant",
        "beta": 0.0,
        "num_generations": rollouts,
        "per_device_train_batch_size": per_device,
        "steps_per_generation": micro_batches,
        "gradient_accumulation_steps": micro_batches // mini_batches,
        "num_iterations": 1,
        "epsilon": BASE,
        "loss_type": "grpo",
        "scale_rewards": "group",
        "temperature": 1.0,
        "max_completion_length": 8192,
        "mask_truncated_completions": False,
        "num_train_epochs": 2,
        "bf16": True,
        "gradient_checkpointing": True,
        "eval_strategy": "steps",
        "eval_steps": 40,
        "eval_on_start": True,
        "per_device_eval_batch_size": rollouts,
        "num_generations_eval": 1,
        "save_steps": 80,
        "logging_steps": 1,
        "log_completions": False,
        "report_to": [],
        **changes,
    }


def load_reward(directory):
    """The reward.py of an export: what its rows were made for."""
    spec = importlib.util.spec_from_file_location("exported_reward", os.path.join(directory, "reward.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def check(directory):
    """The manifest of an export, which has to be whole, of this schema, and in a format of TRL's."""
    path = os.path.join(directory, "dataset.json")
    if not os.path.exists(path):
        sys.exit("%s holds no whole export: it was interrupted. Run culprit export --format trl again." % directory)
    with open(path, encoding="utf-8") as file:
        manifest = json.load(file)
    if manifest.get("format") not in ("trl", "trl-parquet"):
        sys.exit("%s is in the format %s. Run culprit export --format trl." % (directory, manifest.get("format")))
    if manifest.get("schema_version") != SCHEMA:
        sys.exit(
            "%s was exported with schema %s, this script trains on %s. Export the dataset again with this version of "
            "Culprit." % (directory, manifest.get("schema_version"), SCHEMA)
        )
    if not manifest.get("train"):
        sys.exit("%s has no training rows. Curate more runs, or hold out a smaller share." % directory)
    for warning in manifest.get("warnings", []):
        print("warning: " + warning, file=sys.stderr)
    return manifest


def load_rows(directory, manifest, cache=None):
    """Both splits as the datasets library loads them; no test split where it is empty."""
    from datasets import load_dataset

    kind, ending = ("parquet", "parquet") if manifest["format"] == "trl-parquet" else ("json", "jsonl")
    splits = [split for split in ("train", "test") if manifest[split]]
    files = {split: os.path.join(directory, "%s.%s" % (split, ending)) for split in splits}
    return load_dataset(kind, data_files=files, cache_dir=cache)


def fitting(rows, tokenizer, most, name):
    """Rows whose prompt has at most so many tokens."""
    kept = rows.filter(
        lambda row: len(tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True)["input_ids"]) <= most
    )
    if len(kept) < len(rows):
        left_out = len(rows) - len(kept)
        print("%d of %d %s rows are longer than %d tokens and left out" % (left_out, len(rows), name, most))
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, help="what culprit export --format trl wrote")
    parser.add_argument("--out", default="tracer", help="checkpoints")
    parser.add_argument("--model", default="Qwen/Qwen3-8B")
    parser.add_argument("--prompt-tokens", type=int, default=32768)
    parser.add_argument("--per-device", type=int, default=1, help="completions in a GPU's memory at a time")
    parser.add_argument("--no-vllm", action="store_true", help="generate with transformers")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON", help="any setting of GRPOConfig")
    parser.add_argument("--print", action="store_true", help="print the settings and stop")
    args = parser.parse_args()

    changes = {key: json.loads(value) for key, value in (pair.split("=", 1) for pair in args.set)}
    if not args.no_vllm:
        context = args.prompt_tokens + changes.get("max_completion_length", 8192)
        changes = {"use_vllm": True, "vllm_mode": "colocate", "vllm_max_model_length": context, **changes}
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    chosen = settings(args.out, processes, args.per_device, **changes)
    manifest = check(args.data)
    if not manifest["test"]:
        chosen = {**chosen, "eval_strategy": "no", "eval_on_start": False}
    if args.print:
        print(json.dumps(chosen, indent=2))
        return

    from transformers import AutoTokenizer
    from trl import GRPOConfig, GRPOTrainer

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    rows = load_rows(args.data, manifest)
    splits = {name: fitting(rows[name], tokenizer, args.prompt_tokens, name) for name in rows}
    trainer = GRPOTrainer(
        model=args.model,
        reward_funcs=load_reward(args.data).culprit_reward,
        args=GRPOConfig(**chosen),
        train_dataset=splits["train"],
        eval_dataset=splits.get("test"),
        processing_class=tokenizer,
    )
    trainer.add_callback(DynamicClip(trainer))
    trainer.train()
    trainer.save_model(args.out)


if __name__ == "__main__":
    main()
