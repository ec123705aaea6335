"""The Pricer is a plugin of the Planner and has a plugin of its own. The task is argv[1]."""

import asyncio
import sys

import tracing  # noqa: F401  the block of docs/instrument/semantic-kernel.md
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import kernel_function


class Prices:
    @kernel_function(name="price_of", description="The price of a journey to a city, in euros.")
    def price_of(self, city: str) -> str:
        return {"Oslo": "1217"}[city]


async def main() -> None:
    service = OpenAIChatCompletion(ai_model_id="scripted")
    pricer = ChatCompletionAgent(service=service, name="Pricer", instructions="Find prices.", plugins=[Prices()])
    planner = ChatCompletionAgent(service=service, name="Planner", instructions="Plan.", plugins=[pricer])
    print(await planner.get_response(messages=sys.argv[1]))


asyncio.run(main())
