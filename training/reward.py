"""The reward a failure tracer is trained with (AgenTracer, arXiv 2509.03312, equations 11 and 12).

    R = I_format * (lambda * r_step + (1 - lambda) * r_agent)
    r_step  = exp(-(t - t*)^2 / (2 sigma^2))
    r_agent = 1 if the agent is right else 0

An answer is ``<think>reasoning</think><answer>agent|step</answer>`` with nothing around it but white space. The
opening ``<think>`` may be missing: chat templates that put it in the prompt leave it out of the completion.

verl calls ``compute_score``, TRL ``culprit_reward``, OpenRLHF ``reward_func``, slime ``custom_rm``. Needs Python 3.9 or
later and nothing else. Each refuses rows of an export with another schema than ``SCHEMA``: trained on them, a tracer
would learn something else than it is asked when it serves.
``analyzers/curation/reward.ts`` is the same function; ``reward-vectors.json`` is what both must give.
"""

import json
import math

STEP_WEIGHT = 0.5
SIGMA = 1.0
SCHEMA = 1

# ASCII only, and spelled out, so that every implementation strips and splits alike.
_SPACE = " \t\r\n\f\v"
_DIGITS = frozenset("0123456789")
_MAX_DIGITS = 9
# What chat templates end a turn with. Trainers that decode with special tokens leave it behind an answer.
_TURN_ENDS = ("<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end|>", "<|return|>", "<end_of_turn>", "</s>")
_TAIL = 64
_ZERO = {"score": 0.0, "r_format": 0.0, "r_agent": 0.0, "r_step": 0.0}


def parse_answer(text, reasoning=None):
    """``(agent, step)`` of a well-formed completion, or ``None``.

    ``reasoning`` is the thinking that a server or a template already took out of ``text``.
    """
    text = text.strip(_SPACE)
    thought = (reasoning or "").strip(_SPACE)
    if "</think>" in text or text.startswith("<think>"):
        if thought:
            return None
        if text.startswith("<think>"):
            text = text[len("<think>"):]
        thought, closing, text = text.partition("</think>")
        if not closing or "<think>" in thought:
            return None
        text = text.strip(_SPACE)
    if not thought.strip(_SPACE) or "<think>" in text or "</think>" in text:
        return None
    opening, closing = "<answer>", "</answer>"
    if not text.startswith(opening) or not text.endswith(closing):
        return None
    answer = text[len(opening):-len(closing)]
    if opening in answer or closing in answer:
        return None
    agent, bar, step = answer.rpartition("|")
    agent, step = fold_name(agent), step.strip(_SPACE)
    if not bar or not agent or not step or len(step) > _MAX_DIGITS or not _DIGITS.issuperset(step):
        return None
    return agent, int(step)


def fold_name(name):
    """An agent's name with its white space collapsed; case counts."""
    for space in _SPACE:
        name = name.replace(space, " ")
    return " ".join(part for part in name.split(" ") if part)


def score(text, agent, step, reasoning=None, step_weight=STEP_WEIGHT, sigma=SIGMA):
    """The reward and its parts: ``{"score", "r_format", "r_agent", "r_step"}``, each between 0 and 1."""
    answer = parse_answer(text, reasoning)
    if answer is None:
        return dict(_ZERO)
    r_agent = 1.0 if answer[0] == fold_name(agent) else 0.0
    distance = float(answer[1] - int(step))
    r_step = math.exp(-(distance * distance) / (2.0 * sigma * sigma))
    total = step_weight * r_step + (1.0 - step_weight) * r_agent
    return {"score": total, "r_format": 1.0, "r_agent": r_agent, "r_step": r_step}


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **kwargs):
    """verl's custom reward function.

    ``ground_truth`` is the JSON of ``reward_model.ground_truth``: ``{"agent": ..., "step": ...}``.
    Raises ``ValueError`` when it is not: a broken dataset should stop a training run, not score zero.
    """
    agent, step = _truth(ground_truth)
    return score(
        solution_str,
        agent,
        step,
        step_weight=float(kwargs.get("step_weight", STEP_WEIGHT)),
        sigma=float(kwargs.get("sigma", SIGMA)),
    )


def culprit_reward(prompts=None, completions=None, agent=None, step=None, schema=None, **kwargs):
    """TRL's reward function: one float a completion. ``agent``, ``step`` and ``schema`` are dataset columns."""
    if completions is None or agent is None or step is None:
        raise ValueError("culprit_reward needs completions and the dataset columns `agent` and `step`.")
    for version in set(schema or ()):
        _check_schema(version)
    rewards = []
    for completion, true_agent, true_step in zip(completions, agent, step):
        text, reasoning = _completion(completion)
        rewards.append(score(text, true_agent, true_step, reasoning)["score"])
    return rewards


def reward_func(queries, prompts, labels, **kwargs):
    """OpenRLHF's custom reward: queries are prompt and answer together. Tensors where torch is there, else lists."""
    parts = [score(_strip_end(_answer_in(query, prompt)), *_truth(label))
             for query, prompt, label in zip(queries, prompts, labels)]

    def each(key):
        values = [part[key] for part in parts]
        try:
            import torch
        except ImportError:
            return values
        return torch.tensor(values, dtype=torch.float32)

    logs = {key: each(key) for key in ("r_format", "r_agent", "r_step")}
    return {"rewards": each("score"), "scores": each("score"), "extra_logs": logs}


async def custom_rm(args, sample, **kwargs):
    """slime's custom reward: one sample, or the list that its batched form hands over."""
    if isinstance(sample, (list, tuple)):
        return [await custom_rm(args, one, **kwargs) for one in sample]
    return score(_strip_end(sample.response), *_truth(sample.label))["score"]


def _answer_in(query, prompt):
    if query.startswith(prompt):
        return query[len(prompt):]
    tail = prompt[-_TAIL:]
    _, found, answer = query.rpartition(tail)
    if not found:
        raise ValueError("A query does not contain its prompt, so its answer cannot be told from it.")
    return answer


def _strip_end(text):
    text = text.strip(_SPACE)
    while text.endswith(_TURN_ENDS):
        for end in _TURN_ENDS:
            text = text[: -len(end)].strip(_SPACE) if text.endswith(end) else text
    return text


def _truth(ground_truth):
    try:
        truth = json.loads(ground_truth) if isinstance(ground_truth, (str, bytes)) else ground_truth
        agent, step, schema = str(truth["agent"]), int(truth["step"]), truth.get("schema", SCHEMA)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(
            'ground_truth is not {"agent": ..., "step": ...}: %r. Export the dataset again.' % (ground_truth,)
        ) from error
    _check_schema(schema)
    return agent, step


def _check_schema(schema):
    if schema != SCHEMA:
        raise ValueError(
            "This row was exported with schema %s, this reward.py scores schema %s. Export the dataset again, or use the "
            "reward.py that lies beside it." % (schema, SCHEMA)
        )


def _completion(completion):
    """Text and separated reasoning of a completion: a string, or messages whose last one is the answer."""
    if isinstance(completion, str):
        return completion, None
    if isinstance(completion, dict):
        completion = [completion]
    message = completion[-1] if completion else {}
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(part.get("text") or "" for part in content if isinstance(part, dict))
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    return content or "", reasoning
