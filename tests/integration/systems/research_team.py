"""A team of four agents on nothing but the standard library: it knows nothing of Culprit, only a base URL.

Planner, then Left and Right at the same time, then a Writer whose answer is streamed. TEAM_* variables make it behave
otherwise: TEAM_DRIFT asks something new, TEAM_ENDPOINT ignores the base URL, TEAM_SILENT calls nobody, TEAM_HANG never
ends, TEAM_CRASH ends in the middle, TEAM_LOOP asks the same question three times, TEAM_RETRY asks again for an answer
that it has lost, TEAM_BIG adds megabytes to a question, TEAM_QUIET does not say how it ended.
"""

import datetime
import json
import os
import random
import sys
import tempfile
import threading
import time
import urllib.request
import uuid

BASE = os.environ.get("TEAM_ENDPOINT") or os.environ["OPENAI_BASE_URL"]
task = os.environ.get("TEAM_TASK") or json.loads(sys.stdin.readline())["task"]


def ask(agent, text, stream=False, retry=0):
    body = {
        "model": "scripted-1",
        "temperature": random.random(),
        "stream": stream,
        "messages": [{"role": "system", "content": f"You are the {agent}."}, {"role": "user", "content": text}],
    }
    headers = {"content-type": "application/json", "authorization": "Bearer sk-test"}
    if retry:
        headers["x-stainless-retry-count"] = str(retry)
    request = urllib.request.Request(f"{BASE}/chat/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        if not stream:
            return json.load(response)["choices"][0]["message"]["content"]
        said = ""
        for line in response:
            if line.startswith(b"data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    said += choice["delta"].get("content") or ""
        return said


if os.environ.get("TEAM_SILENT"):
    sys.exit(0)
if os.environ.get("TEAM_HANG"):
    time.sleep(60)
place = tempfile.mkdtemp(prefix="team-")
plan_text = f"{task} (asked {datetime.datetime.now().isoformat()}, ticket {uuid.uuid4()}, notes in {place}/notes.txt)"
if os.environ.get("TEAM_DRIFT"):
    plan_text = f"Please: {plan_text}"
if os.environ.get("TEAM_BIG"):
    plan_text += " " + "x" * int(os.environ["TEAM_BIG"])
plan = ask("Planner", plan_text)
if os.environ.get("TEAM_RETRY"):
    plan = ask("Planner", plan_text, retry=1)
if os.environ.get("TEAM_CRASH"):
    raise RuntimeError("the team fell apart")
parts = {}


def work(agent):
    time.sleep(random.random() * 0.05)
    parts[agent] = ask(agent, plan)


threads = [threading.Thread(target=work, args=(agent,)) for agent in random.sample(["Left", "Right"], 2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
for _ in range(3 if os.environ.get("TEAM_LOOP") else 1):
    answer = ask("Writer", f"{parts['Left']} and {parts['Right']}", stream=True)
if not os.environ.get("TEAM_QUIET"):
    print(json.dumps({"answer": answer}))
