"""The Planner asks the Pricer through a tool; the Pricer has a tool of its own. The task is argv[1]."""

import sys

import tracing  # noqa: F401  the block of docs/instrument/strands.md
from strands import Agent, tool
from strands.models.openai import OpenAIModel

model = OpenAIModel(model_id="scripted")


@tool
def price_of(city: str) -> str:
    """The price of a journey to a city, in euros."""
    return {"Oslo": "1217"}[city]


@tool
def ask_pricer() -> str:
    """Asks the Pricer."""
    pricer = Agent(
        model, tools=[price_of], name="Pricer", system_prompt="You are the Pricer.", callback_handler=None
    )
    return str(pricer("What does a journey to Oslo cost?"))


planner = Agent(model, tools=[ask_pricer], name="Planner", system_prompt="You are the Planner.", callback_handler=None)
print(planner(sys.argv[1]))
