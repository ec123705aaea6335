"""A Swarm of two: the Planner hands over to the Pricer, who has a tool. The task is argv[1]."""

import asyncio
import sys

import tracing  # noqa: F401  the block of docs/instrument/autogen.md
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import SourceMatchTermination
from autogen_agentchat.teams import Swarm
from autogen_ext.models.openai import OpenAIChatCompletionClient


async def price_of(city: str) -> str:
    """The price of a journey to a city, in euros."""
    return {"Oslo": "1217"}[city]


async def main() -> None:
    model = OpenAIChatCompletionClient(
        model="scripted",
        model_info={
            "family": "unknown",
            "function_calling": True,
            "json_output": False,
            "structured_output": False,
            "vision": False,
        },
    )
    planner = AssistantAgent(
        "Planner",
        model_client=model,
        handoffs=["Pricer"],
        system_message="You are the Planner. Hand questions of price to the Pricer.",
    )
    pricer = AssistantAgent(
        "Pricer",
        model_client=model,
        tools=[price_of],
        max_tool_iterations=3,
        system_message="You are the Pricer. Find prices with your tool.",
    )
    team = Swarm([planner, pricer], termination_condition=SourceMatchTermination(["Pricer"]))
    result = await team.run(task=sys.argv[1])
    print(result.messages[-1].to_text())
    await model.close()


asyncio.run(main())
