"""The settings of train_verl.sh, read from stdin, in verl's own configuration and its dataclasses; and the clip at work."""

import json
import os
import sys

import torch
from hydra import compose, initialize_config_dir

import verl.trainer
from verl.utils.config import omega_conf_to_dataclass

overrides = [line for line in sys.stdin.read().splitlines() if line]
with initialize_config_dir(os.path.join(os.path.dirname(verl.trainer.__file__), "config"), version_base=None):
    config = compose("ppo_trainer", overrides)
actor = omega_conf_to_dataclass(config.actor_rollout_ref.actor)
rollout = omega_conf_to_dataclass(config.actor_rollout_ref.rollout)
actor.validate(config.trainer.n_gpus_per_node, config.data.train_batch_size)

import verl_dynamic_clip as clip
from verl.trainer.ppo.core_algos import get_policy_loss_fn

object.__setattr__(actor.optim, "total_training_steps", 10)
loss_of = get_policy_loss_fn(actor.policy_loss.loss_mode)
# A policy that has moved by half in one direction: clipped by any bound below 0.5.
old, new = torch.zeros(2, 3), torch.full((2, 3), 1.5).log()
bounds = []
for step in range(0, 11):
    clip.Progress.step = step
    loss, metrics = loss_of(old_log_prob=old, log_prob=new, advantages=torch.ones(2, 3),
                            response_mask=torch.ones(2, 3, dtype=torch.bool), loss_agg_mode="token-mean", config=actor)
    bounds.append([round(metrics["actor/dynamic_clip"], 6), round(-loss.item() - 1.0, 6)])

from verl.workers.engine_workers import TrainingWorker

print(json.dumps({
    "model": config.actor_rollout_ref.model.path,
    "algorithm": config.algorithm.adv_estimator,
    "kl": [actor.use_kl_loss, config.algorithm.use_kl_in_reward],
    "batch": config.data.train_batch_size,
    "mini_batch": actor.ppo_mini_batch_size,
    "rollouts": rollout.n,
    "lr": actor.optim.lr,
    "loss": actor.policy_loss.loss_mode,
    "test_freq": config.trainer.test_freq,
    "context": rollout.max_model_len,
    "reward": [os.path.basename(config.reward.custom_reward_function.path), config.reward.custom_reward_function.name],
    "bounds": bounds,
    "counts_steps": TrainingWorker.counts_steps,
    "still_a_worker_method": hasattr(TrainingWorker.train_mini_batch, "attrs_3141562937"),
}))
