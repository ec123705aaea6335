"""Does the reward teach? GRPO on a tiny, randomly initialised Qwen3 over an exported dataset, against a control.

    python3 training/grpo_smoke.py --data EXPORT --out DIR [--steps N] [--seed N]

EXPORT is what `culprit export --format trl` wrote; its own reward.py is what is trained with. The model knows nothing:
a byte-level tokenizer is trained on the prompts, the weights are random. So that an answer can be rewarded at all, a
short supervised warm-up teaches the form of an answer with agents and steps drawn at random, never the label. GRPO
then runs twice from that same start: once with the labels, once with the labels dealt to other rows (the control,
which can learn no more than which answers are common). Writes DIR/curves.json.
"""

import argparse
import json
import os
import random
import re
import statistics
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM, set_seed
from trl import GRPOConfig, GRPOTrainer

from train_trl import DynamicClip, check, load_reward, load_rows, settings

PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
FORM = ["<think>", "</think>", "<answer>", "</answer>", "|"]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
# Of the 256 completions of a batch: four mini-batches.
PER_DEVICE = 64
STEP = re.compile(r"^(\[(\d+)\] (.+) \(agent\):\n.+\n)", re.MULTILINE)


def make_tokenizer(texts):
    """Byte-level, trained on the prompts. What stands in every prompt alike is one token a line."""
    lines = [set(line for line in text.split("\n") if len(line) > 30) for text in texts[:200]]
    constant = sorted(set.intersection(*lines), key=len, reverse=True)
    tokenizer = Tokenizer(models.BPE())
    # A step of these short runs, or a line, may become one token; never more.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"(?m)^\[\d+\] .*\n.*\n"), behavior="isolated"),
            pre_tokenizers.Split(Regex(r"(?<!:)\n"), behavior="merged_with_previous"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=1200, initial_alphabet=alphabet, special_tokens=[PAD, START, END])
    stripped = []
    for text in texts[:1000]:
        for line in constant:
            text = text.replace(line, "")
        stripped.append(text)
    tokenizer.train_from_iterator(stripped, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=PAD, eos_token=END, padding_side="left")
    # Ordinary tokens, as Qwen3 has its think tags: they survive decoding.
    fast.add_tokens(FORM + constant)
    fast.chat_template = TEMPLATE
    return fast


def make_model(vocabulary):
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=vocabulary,
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=2,
            head_dim=32,
            initializer_range=0.05,
            max_position_embeddings=1024,
            tie_word_embeddings=False,
            pad_token_id=0,
            eos_token_id=2,
        )
    )


def any_answer(prompt, rng):
    """A well-formed answer about a step drawn at random: the step as the thought, who took it as the answer."""
    quoted, step, agent = rng.choice(STEP.findall(prompt[-1]["content"]))
    return "<think>%s</think><answer>%s|%s</answer>" % (quoted, agent, step)


def warm_up(model, tokenizer, prompts, steps, batch, rng):
    """Teaches the form: quote a step, answer with who took it. Which step is drawn at random; no label is seen."""
    heads = [tokenizer(tokenizer.apply_chat_template(prompt, tokenize=False, add_generation_prompt=True)) for prompt in prompts]
    rows = [(prompt, head["input_ids"]) for prompt, head in zip(prompts, heads)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3, betas=(0.9, 0.98), weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: min(1.0, (at + 1) / 30) * (1.0 if at < 0.7 * steps else 0.3))
    losses = []
    model.train()
    for _ in range(steps):
        drawn = rng.sample(rows, batch)
        answers = [tokenizer(any_answer(prompt, rng) + END)["input_ids"] for prompt, _ in drawn]
        width = max(len(head) + len(answer) for (_, head), answer in zip(drawn, answers))
        ids = torch.full((batch, width), tokenizer.pad_token_id)
        labels = torch.full((batch, width), -100)
        for at, ((_, head), answer) in enumerate(zip(drawn, answers)):
            ids[at, width - len(head) - len(answer) :] = torch.tensor(head + answer)
            labels[at, width - len(answer) :] = torch.tensor(answer)
        mask = (ids != tokenizer.pad_token_id).long()
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return statistics.mean(losses[-10:])


@torch.no_grad()
def evaluate(model, tokenizer, rows, reward):
    """Mean reward and accuracies of greedy answers to held-out rows."""
    model.eval()
    totals = {"score": 0.0, "r_format": 0.0, "r_agent": 0.0, "exact_step": 0.0}
    for start in range(0, len(rows), 128):
        part = rows[start : start + 128]
        heads = [tokenizer.apply_chat_template(row["prompt"], tokenize=False, add_generation_prompt=True) for row in part]
        given = tokenizer(heads, return_tensors="pt", padding=True)
        made = model.generate(
            input_ids=given["input_ids"], attention_mask=given["attention_mask"], max_new_tokens=32, do_sample=False
        )
        texts = tokenizer.batch_decode(made[:, given["input_ids"].shape[1] :], skip_special_tokens=True)
        for text, row in zip(texts, part):
            parts = reward.score(text, row["agent"], row["step"])
            for key in ("score", "r_format", "r_agent"):
                totals[key] += parts[key]
            totals["exact_step"] += 1.0 if parts["r_step"] == 1.0 else 0.0
    return {key: round(value / len(rows), 4) for key, value in totals.items()}


def train(model, tokenizer, rows, reward, out, args, name):
    # The launch file's own settings, but for what a tiny random model on a processor needs.
    chosen = settings(
        os.path.join(out, name),
        per_device=PER_DEVICE,
        learning_rate=args.lr,
        max_completion_length=24,
        max_steps=args.steps,
        bf16=False,
        use_cpu=True,
        gradient_checkpointing=False,
        eval_strategy="no",
        eval_on_start=False,
        save_strategy="no",
        disable_tqdm=True,
        seed=args.seed,
    )
    config = GRPOConfig(**chosen)
    seen = []

    def scored(completions, agent, step, **columns):
        scores = reward.culprit_reward(completions=completions, agent=agent, step=step, **columns)
        seen.append(statistics.mean(scores))
        return scores

    trainer = GRPOTrainer(
        model=model, reward_funcs=scored, args=config, train_dataset=rows, processing_class=tokenizer
    )
    clip = DynamicClip(trainer)
    trainer.add_callback(clip)
    trainer.train()
    clipped = [log["clip_ratio/region_mean"] for log in trainer.state.log_history if "clip_ratio/region_mean" in log]
    return {"rewards": [round(value, 5) for value in seen], "clip_bounds": clip.history, "clipped": clipped}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--steps", type=int, default=240, help="optimizer steps of each run")
    parser.add_argument("--warm-up", type=int, default=300)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--only", choices=["labels", "control"])
    args = parser.parse_args()
    # Threads of so small a model wait for each other longer than they work.
    torch.set_num_threads(1)
    os.makedirs(args.out, exist_ok=True)
    began = time.time()
    set_seed(args.seed)
    rng = random.Random(args.seed)

    reward = load_reward(args.data)
    data = load_rows(args.data, check(args.data), os.path.join(args.out, "cache"))
    prompts = list(data["train"]["prompt"])
    tokenizer = make_tokenizer(["\n".join(message["content"] for message in prompt) for prompt in prompts])
    model = make_model(len(tokenizer))
    lengths = [len(tokenizer.apply_chat_template(prompt, add_generation_prompt=True)["input_ids"]) for prompt in prompts[:50]]
    print("prompt tokens", min(lengths), max(lengths), "parameters", sum(p.numel() for p in model.parameters()), flush=True)
    loss = warm_up(model, tokenizer, prompts, args.warm_up, 64, rng)
    start = {key: value.clone() for key, value in model.state_dict().items()}
    held_out = list(data["test"])
    before = evaluate(model, tokenizer, held_out, reward)
    print("warm-up loss %.3f in %.0f s; held out %s" % (loss, time.time() - began, before), flush=True)

    dealt = list(range(len(data["train"])))
    rng.shuffle(dealt)
    shuffled = (
        data["train"]
        .remove_columns(["agent", "step"])
        .add_column("agent", [data["train"]["agent"][at] for at in dealt])
        .add_column("step", [data["train"]["step"][at] for at in dealt])
    )
    result = {"before": before, "settings": vars(args), "runs": {}}
    for name, rows in (("labels", data["train"]), ("control", shuffled)):
        if args.only not in (None, name):
            continue
        model.load_state_dict(start)
        set_seed(args.seed)
        run_began = time.time()
        run = train(model, tokenizer, rows, reward, args.out, args, name)
        run["held_out"] = evaluate(model, tokenizer, held_out, reward)
        run["seconds"] = round(time.time() - run_began, 1)
        result["runs"][name] = run
        ends = run["rewards"][:8], run["rewards"][-8:]
        print(name, "first %.3f last %.3f" % tuple(map(statistics.mean, ends)), run["held_out"], run["seconds"], "s", flush=True)
    result["seconds"] = round(time.time() - began, 1)
    with open(os.path.join(args.out, "curves.json"), "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
