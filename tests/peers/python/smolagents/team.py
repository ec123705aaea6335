"""A manager with a managed agent that has a tool. The task is argv[1]."""

import os
import sys

import tracing  # noqa: F401  the block of docs/instrument/smolagents.md
from smolagents import OpenAIModel, ToolCallingAgent, tool

model = OpenAIModel("scripted", api_base=os.environ["OPENAI_BASE_URL"], api_key=os.environ["OPENAI_API_KEY"])


@tool
def price_of(city: str) -> str:
    """The price of a journey to a city, in euros.

    Args:
        city: Where to.
    """
    return {"Oslo": "1217"}[city]


pricer = ToolCallingAgent([price_of], model, name="Pricer", description="Knows prices.", max_steps=4)
planner = ToolCallingAgent([], model, name="Planner", managed_agents=[pricer], max_steps=4)
print(planner.run(sys.argv[1]))
