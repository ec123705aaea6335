from transformers import TrainerCallback

from dynamic_clip import clip_at


class DynamicClip(TrainerCallback):
    def __init__(self, trainer, base=0.2):
        self.trainer, self.base, self.history = trainer, base, []

    def on_step_begin(self, args, state, control, **kwargs):
        bound = clip_at(state.global_step, state.max_steps, self.base)
        self.trainer.epsilon_low = self.trainer.epsilon_high = bound
        self.history.append(bound)
