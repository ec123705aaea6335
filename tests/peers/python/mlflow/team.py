"""Two agents written by hand, on the openai package; the second has a tool. The task is argv[1]."""

import json
import sys

import tracing  # noqa: F401  the block of docs/instrument/mlflow.md
import mlflow
from openai import OpenAI

client = OpenAI()


def function(name: str, description: str, **properties: dict) -> dict:
    parameters = {"type": "object", "properties": properties}
    return {"type": "function", "function": {"name": name, "description": description, "parameters": parameters}}


def converse(system: str, task: str, tools: dict, schemas: list) -> str:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": task}]
    while True:
        said = client.chat.completions.create(model="scripted", messages=messages, tools=schemas).choices[0].message
        if not said.tool_calls:
            return said.content
        messages.append(said)
        for call in said.tool_calls:
            answer = tools[call.function.name](**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": answer})


@mlflow.trace(span_type="TOOL")
def price_of(city: str) -> str:
    return {"Oslo": "1217"}[city]


@mlflow.trace(span_type="AGENT", name="Pricer")
def pricer(task: str) -> str:
    schema = function("price_of", "The price of a journey to a city, in euros.", city={"type": "string"})
    return converse("You are the Pricer.", task, {"price_of": price_of}, [schema])


@mlflow.trace(span_type="TOOL")
def ask_pricer() -> str:
    return pricer(sys.argv[1])


@mlflow.trace(span_type="AGENT", name="Planner")
def planner(task: str) -> str:
    return converse("You are the Planner.", task, {"ask_pricer": ask_pricer}, [function("ask_pricer", "Asks.")])


print(planner(sys.argv[1]))
