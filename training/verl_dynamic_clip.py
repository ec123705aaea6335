"""AgenTracer's dynamic clip in verl, which has none: a policy loss that knows the step of the training.

Named in ``actor_rollout_ref.model.external_lib``, so that every worker imports it; chosen by
``actor_rollout_ref.actor.policy_loss.loss_mode=dynamic_clip``. ``train_verl.sh`` does both. Read against verl 0.9.1.

verl's loss functions are told neither the step nor how many there will be. The latter is in the optimizer's settings,
where the trainer puts it. The former is counted here: a trainer's step is one ``train_mini_batch`` of the actor on every
rank. A run that goes on from a checkpoint starts at the ``global_step_N`` in that checkpoint's path.
"""

import copy
import functools
import re

from verl.trainer.ppo import core_algos
from verl.workers import engine_workers

from dynamic_clip import BASE, clip_at

LOSS_MODE = "dynamic_clip"
_CHECKPOINT = re.compile(r"global_step_(\d+)")


class Progress:
    """Trainer steps that were begun in this process; the first is step 0."""

    step = -1


def bound_now(config):
    """The clip of the step under way. ``config`` is verl's ActorConfig; its ``clip_ratio`` is B_0."""
    total = int(config.optim.total_training_steps)
    if total <= 0:
        raise ValueError("dynamic_clip: verl did not say how many steps there will be; set trainer.total_training_steps.")
    return clip_at(min(max(Progress.step, 0), total), total, base=config.clip_ratio or BASE)


def with_bound(config, bound):
    """A copy of the frozen config with this clip, below and above."""
    own = copy.copy(config)
    for field in ("clip_ratio", "clip_ratio_low", "clip_ratio_high"):
        object.__setattr__(own, field, bound)
    return own


@core_algos.register_policy_loss(LOSS_MODE)
def dynamic_clip_loss(old_log_prob, log_prob, advantages, response_mask, loss_agg_mode="token-mean", config=None,
                      rollout_is_weights=None):
    """verl's own clipped loss with the bound of this step, which is logged as ``actor/dynamic_clip``."""
    bound = bound_now(config)
    loss, metrics = core_algos.compute_policy_loss_vanilla(
        old_log_prob=old_log_prob,
        log_prob=log_prob,
        advantages=advantages,
        response_mask=response_mask,
        loss_agg_mode=loss_agg_mode,
        config=with_bound(config, bound),
        rollout_is_weights=rollout_is_weights,
    )
    return loss, {**metrics, "actor/dynamic_clip": bound}


def _count_steps(worker):
    train, load = worker.train_mini_batch, worker.load_checkpoint

    @functools.wraps(train)
    def train_mini_batch(self, *args, **kwargs):
        Progress.step += 1
        return train(self, *args, **kwargs)

    @functools.wraps(load)
    def load_checkpoint(self, local_path, *args, **kwargs):
        found = _CHECKPOINT.search(str(local_path or ""))
        if found:
            # Steps 1 to N of the trainer are done: the next is N counted from 0.
            Progress.step = int(found.group(1)) - 1
        return load(self, local_path, *args, **kwargs)

    worker.train_mini_batch, worker.load_checkpoint = train_mini_batch, load_checkpoint
    worker.counts_steps = True


if not getattr(engine_workers.TrainingWorker, "counts_steps", False):
    _count_steps(engine_workers.TrainingWorker)
