"""A crew of two, one task each; the second has a tool. The task is argv[1]."""

import sys

import tracing  # noqa: F401  the block of docs/instrument/crewai.md
from crewai import LLM, Agent, Crew, Process, Task
from crewai.tools import tool

llm = LLM(model="openai/gpt-4.1-mini")


@tool("price_of")
def price_of(city: str) -> str:
    """The price of a journey to a city, in euros."""
    return {"Oslo": "1217"}[city]


planner = Agent(role="Planner", goal="Plan the answer.", backstory="A planner.", llm=llm)
pricer = Agent(role="Pricer", goal="Find prices.", backstory="Knows prices.", llm=llm, tools=[price_of])
plan = Task(description=f"Plan: {sys.argv[1]}", expected_output="A plan.", agent=planner)
price = Task(description=f"Answer: {sys.argv[1]}", expected_output="A price.", agent=pricer)
print(Crew(agents=[planner, pricer], tasks=[plan, price], process=Process.sequential).kickoff())
