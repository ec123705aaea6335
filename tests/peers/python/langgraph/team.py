"""A graph of two agents: the Planner hands over to the Pricer, who has a tool. The task is argv[1]."""

import sys
from typing import Annotated

import tracing  # noqa: F401  the block of docs/instrument/langgraph.md
from langchain_core.messages import ToolMessage
from langchain_core.tools import InjectedToolCallId, tool
from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.prebuilt import InjectedState, create_react_agent
from langgraph.types import Command

model = ChatOpenAI(model="scripted")


@tool
def price_of(city: str) -> str:
    """The price of a journey to a city, in euros."""
    return {"Oslo": "1217"}[city]


@tool
def transfer_to_pricer(
    state: Annotated[MessagesState, InjectedState], call: Annotated[str, InjectedToolCallId]
) -> Command:
    """Hand over to the Pricer."""
    answer = ToolMessage("Transferred to Pricer", name="transfer_to_pricer", tool_call_id=call)
    return Command(goto="Pricer", graph=Command.PARENT, update={"messages": [*state["messages"], answer]})


planner = create_react_agent(model, [transfer_to_pricer], name="Planner", prompt="You are the Planner.")
pricer = create_react_agent(model, [price_of], name="Pricer", prompt="You are the Pricer.")

graph = StateGraph(MessagesState)
graph.add_node("Planner", planner, destinations=("Pricer", END))
graph.add_node("Pricer", pricer)
graph.add_edge(START, "Planner")
graph.add_edge("Pricer", END)
result = graph.compile().invoke({"messages": [("user", sys.argv[1])]})
print(result["messages"][-1].content)
