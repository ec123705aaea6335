#!/usr/bin/env bash
# Trains a tracer with verl under AgenTracer's settings (arXiv 2509.03312): Qwen3-8B, GRPO without KL, 32 prompts of 8
# rollouts, learning rate 1e-6, dynamic clip. Written against verl 0.9.1, for eight GPUs of 80 GB.
#
#   culprit export --format verl --from DATASET --out DIR
#   bash DIR/train_verl.sh DIR [verl overrides...]      later settings win: trainer.n_gpus_per_node=4
#   bash DIR/train_verl.sh DIR --print                  the settings, one a line, without training
set -euo pipefail

data=$(cd "${1:?usage: train_verl.sh DIR [overrides...]}" && pwd)
shift
if [[ ! -f "$data/dataset.json" || ! -f "$data/train.parquet" ]]; then
  echo "$data holds no whole verl export: it was interrupted, or is in another format. Run culprit export --format verl again." >&2
  exit 2
fi
if ! grep -q '"schema_version": 1,' "$data/dataset.json"; then
  echo "$data was exported with another schema than this script trains on (1). Export the dataset again." >&2
  exit 2
fi

# A run of 40,960 tokens at most: Qwen3-8B's own context, 8,192 of it to think and answer in. Longer ones are left out;
# for more, export with --max-chars, or raise both here and give the model YaRN.
prompt_tokens=${PROMPT_TOKENS:-32768}
answer_tokens=${ANSWER_TOKENS:-8192}
context=$((prompt_tokens + answer_tokens))

settings=(
  algorithm.adv_estimator=grpo
  algorithm.norm_adv_by_std_in_grpo=True
  algorithm.use_kl_in_reward=False
  data.train_files="$data/train.parquet"
  data.val_files="$data/test.parquet"
  data.prompt_key=prompt
  data.reward_fn_key=data_source
  data.train_batch_size=32
  data.max_prompt_length="$prompt_tokens"
  data.max_response_length="$answer_tokens"
  data.filter_overlong_prompts=True
  data.truncation=error
  actor_rollout_ref.model.path="${MODEL:-Qwen/Qwen3-8B}"
  actor_rollout_ref.model.external_lib=verl_dynamic_clip
  actor_rollout_ref.model.enable_gradient_checkpointing=True
  actor_rollout_ref.model.use_remove_padding=True
  actor_rollout_ref.actor.optim.lr=1e-6
  # Four mini-batches a batch: from the second on the policy has moved, and only then does a clip do anything.
  actor_rollout_ref.actor.ppo_mini_batch_size=8
  actor_rollout_ref.actor.ppo_epochs=1
  actor_rollout_ref.actor.policy_loss.loss_mode=dynamic_clip
  actor_rollout_ref.actor.clip_ratio=0.2
  actor_rollout_ref.actor.loss_agg_mode=seq-mean-token-mean
  actor_rollout_ref.actor.use_kl_loss=False
  actor_rollout_ref.actor.entropy_coeff=0
  actor_rollout_ref.actor.use_dynamic_bsz=True
  actor_rollout_ref.actor.ppo_max_token_len_per_gpu="$context"
  actor_rollout_ref.actor.fsdp_config.ulysses_sequence_parallel_size=2
  actor_rollout_ref.rollout.name=vllm
  actor_rollout_ref.rollout.n=8
  actor_rollout_ref.rollout.temperature=1.0
  actor_rollout_ref.rollout.tensor_model_parallel_size=2
  actor_rollout_ref.rollout.gpu_memory_utilization=0.6
  actor_rollout_ref.rollout.max_model_len="$context"
  actor_rollout_ref.rollout.max_num_batched_tokens="$context"
  actor_rollout_ref.rollout.log_prob_use_dynamic_bsz=True
  actor_rollout_ref.rollout.log_prob_max_token_len_per_gpu="$context"
  reward.custom_reward_function.path="$data/reward.py"
  reward.custom_reward_function.name=compute_score
  trainer.total_epochs=2
  trainer.val_before_train=True
  trainer.test_freq=10
  trainer.save_freq=20
  trainer.n_gpus_per_node=8
  trainer.nnodes=1
  trainer.logger='["console"]'
  trainer.project_name=culprit
  trainer.experiment_name=tracer
)

if [[ "${1:-}" == --print ]]; then
  printf '%s\n' "${settings[@]}"
  exit
fi
# Workers import the clip by name; Ray hands them this process's environment.
export PYTHONPATH="$data${PYTHONPATH:+:$PYTHONPATH}"
exec python3 -m verl.trainer.main_ppo "${settings[@]}" "$@"
