"""The Planner asks the Pricer through a tool; the Pricer has a tool of its own. The task is argv[1]."""

import sys

import tracing  # noqa: F401  the block of docs/instrument/pydantic-ai.md
from pydantic_ai import Agent

pricer = Agent("openai-chat:scripted", name="Pricer", instructions="You are the Pricer.")
planner = Agent("openai-chat:scripted", name="Planner", instructions="You are the Planner.")


@pricer.tool_plain
def price_of(city: str) -> str:
    """The price of a journey to a city, in euros."""
    return {"Oslo": "1217"}[city]


@planner.tool_plain
async def ask_pricer() -> str:
    """Asks the Pricer."""
    result = await pricer.run("What does a journey to Oslo cost?")
    return result.output


print(planner.run_sync(sys.argv[1]).output)
