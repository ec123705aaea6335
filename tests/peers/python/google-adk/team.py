"""The Planner hands over to its sub-agent, the Pricer, who has a tool. The task is argv[1]."""

import asyncio
import os
import sys

import tracing  # noqa: F401  the block of docs/instrument/google-adk.md
from google.adk.agents import LlmAgent
from google.adk.runners import InMemoryRunner
from google.genai import types

MODEL = "gemini-scripted"


def price_of(city: str) -> dict[str, str]:
    """The price of a journey to a city, in euros."""
    return {"price": {"Oslo": "1217"}[city]}


pricer = LlmAgent(
    name="Pricer", model=MODEL, description="The Pricer knows prices.", instruction="Find prices.", tools=[price_of]
)
planner = LlmAgent(name="Planner", model=MODEL, instruction="Hand questions of price on.", sub_agents=[pricer])


async def main() -> None:
    runner = InMemoryRunner(planner, app_name="journeys")
    session = await runner.session_service.create_session(app_name="journeys", user_id="someone")
    said = types.Content(role="user", parts=[types.Part(text=sys.argv[1])])
    async for event in runner.run_async(user_id="someone", session_id=session.id, new_message=said):
        print(event.author, event.content)


asyncio.run(main())
