"""A workflow of two agents, one after the other; the second has a tool. The task is argv[1]."""

import asyncio
import sys

import tracing  # noqa: F401  the block of docs/instrument/agent-framework.md
from agent_framework import Agent, WorkflowBuilder
from agent_framework_openai import OpenAIChatClient


def price_of(city: str) -> str:
    """The price of a journey to a city, in euros."""
    return {"Oslo": "1217"}[city]


async def main() -> None:
    client = OpenAIChatClient("scripted")
    planner = Agent(client, "You are the Planner. Plan.", name="Planner")
    pricer = Agent(client, "You are the Pricer. Find prices.", name="Pricer", tools=[price_of])
    workflow = WorkflowBuilder(start_executor=planner, output_from=[pricer]).add_edge(planner, pricer).build()
    result = await workflow.run(sys.argv[1])
    print(result.get_outputs())


asyncio.run(main())
