"""Draws curves.json of grpo_smoke.py as an SVG that stands alone: mean reward a batch, with the labels and the control.

    python3 training/plot_curves.py curves.json curves.svg

Needs Python 3.9 or later and nothing else.
"""

import json
import sys

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 150, 64, 50
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328; }
.title { font-size: 16px; font-weight: 600; } .faint { fill: #59636e; }
.ground { fill: #ffffff; } .grid { stroke: #d1d9e0; } .line { fill: none; stroke-width: 2; }
.labels { stroke: #0969da; } .control { stroke: #bf8700; }
@media (prefers-color-scheme: dark) {
text { fill: #f0f6fc; } .faint { fill: #9198a1; } .ground { fill: #0d1117; } .grid { stroke: #3d444d; }
.labels { stroke: #4493f8; } .control { stroke: #d29922; }
}
"""
NAMES = {"labels": "true labels", "control": "shuffled labels"}


def draw(result):
    runs = {name: run["rewards"] for name, run in result["runs"].items()}
    longest = max(len(rewards) for rewards in runs.values())

    def x(batch):
        return LEFT + (WIDTH - LEFT - RIGHT) * batch / max(1, longest - 1)

    def y(reward):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * reward

    parts = []
    for tick in range(0, 11, 2):
        at = y(tick / 10)
        parts.append('<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>' % (LEFT, WIDTH - RIGHT, at, at))
        parts.append('<text x="%d" y="%.1f" text-anchor="end">%.1f</text>' % (LEFT - 8, at + 4, tick / 10))
    for batch in range(0, longest, 5):
        at = (x(batch), HEIGHT - BOTTOM + 20, batch + 1)
        parts.append('<text x="%.1f" y="%d" text-anchor="middle">%d</text>' % at)
    for name, rewards in runs.items():
        points = " ".join("%.1f,%.1f" % (x(batch), y(reward)) for batch, reward in enumerate(rewards))
        parts.append('<polyline class="line %s" points="%s"/>' % (name, points))
        end = (x(len(rewards) - 1) + 8, y(rewards[-1]) + 4, NAMES.get(name, name), rewards[-1])
        parts.append('<text x="%.1f" y="%.1f">%s %.2f</text>' % end)
    held = ", ".join(
        ["%.2f before" % result["before"]["score"]]
        + ["%.2f after %s" % (run["held_out"]["score"], NAMES.get(name, name)) for name, run in result["runs"].items()]
    )
    title = "GRPO with Culprit's reward on a tiny random Qwen3"
    return """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label="%s">
<title>%s</title>
<style>%s</style>
<rect class="ground" width="100%%" height="100%%"/>
<text class="title" x="16" y="24">%s</text>
<text class="faint" x="16" y="44">Mean reward of 256 answers a batch. Held-out runs, greedy: %s.</text>
<text class="faint" x="%d" y="%d">batch of rollouts</text>
%s
</svg>
""" % (WIDTH, HEIGHT, WIDTH, HEIGHT, title, title, STYLE, title, held, LEFT, HEIGHT - 10, "\n".join(parts))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        result = json.load(file)
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        file.write(draw(result))


if __name__ == "__main__":
    main()
