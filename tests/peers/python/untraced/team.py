"""Two agents on nothing but the openai package, traced by nobody; the second has a tool. The task is argv[1]."""

import json
import sys

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


def price_of(city: str) -> str:
    return {"Oslo": "1217"}[city]


def ask_pricer() -> str:
    schema = function("price_of", "The price of a journey to a city, in euros.", city={"type": "string"})
    return converse("You are the Pricer.", sys.argv[1], {"price_of": price_of}, [schema])


print(converse("You are the Planner.", sys.argv[1], {"ask_pricer": ask_pricer}, [function("ask_pricer", "Asks.")]))
