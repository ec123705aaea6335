"""The dynamic clip bound of AgenTracer (arXiv 2509.03312, section 4.2): ``B_s = max(0.2 B_0, B_0 (1 - s / S))``.

Early steps may move the policy far, late ones hardly. ``train_trl.py`` sets it before every optimizer step,
``verl_dynamic_clip.py`` at every policy loss. Needs Python 3.9 or later and nothing else.

A clip only does something where the policy has moved since it generated: with one optimizer step a batch the ratio is
exactly 1. So both launch files take several mini-batches from each batch of rollouts.
"""

BASE = 0.2
FLOOR = 0.2


def clip_at(step, total, base=BASE, floor=FLOOR):
    """The bound at optimizer or trainer step ``step`` of ``total``, counted from 0."""
    if total <= 0:
        raise ValueError("A dynamic clip needs to know how many steps there will be; got %r." % (total,))
    return max(floor * base, base * (1.0 - float(step) / float(total)))
