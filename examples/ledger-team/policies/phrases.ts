import { choose } from "../../scripted-endpoint/policies/conversation.ts";

type Options = readonly [string, ...string[]];

/** Ways to begin and to end what each agent writes; which one depends on the request. */
const PHRASES = {
  plan: [
    "I read the request as a question about a few rows, so a short plan will do.",
    "Here is how I would go about it.",
    "This needs no more than a look-up and a little arithmetic.",
    "To keep this traceable, please go through these steps in order.",
    "I would split the request like this:",
    "The wording is a little dense, so let me take it apart first.",
    "Two of us can answer this quickly if we stick to the following.",
  ],
  planEnd: [
    "Please keep the figures as they are in the table and do not round before the end.",
    "If a row looks odd, take it all the same; we were asked about the table, not about the world.",
    "The Reviewer will check the number of rows afterwards.",
    "That should be everything.",
    "Shout if a column is missing.",
    "Names are only there to find the rows again.",
  ],
  search: [
    "Looking this up now.",
    "Let me search the table.",
    "I will start with the rows the plan names.",
    "Next look-up.",
    "One moment, I am going through the table.",
    "Searching.",
  ],
  note: [
    "These are the figures I found:",
    "Done with the table. For the Analyst:",
    "I copied the figures in the order of the table.",
    "Here is what the rows hold.",
    "Figures below, with the row's name behind each.",
    "That went smoothly. What I have:",
  ],
  work: [
    "I put the figures into one expression.",
    "Let me work this out.",
    "Calculating with the figures from the note.",
    "One expression should do.",
    "I leave the arithmetic to the tool.",
  ],
  result: [
    "The tool and my rough estimate agree.",
    "That looks plausible to me.",
    "No rounding was needed on the way.",
    "I went over the expression once more before writing this down.",
    "Straightforward so far.",
    "For the Writer:",
  ],
  count: [
    "I count the rows of the first look-up myself.",
    "Before I approve this I want to know how many rows there are.",
    "A quick check of the table.",
    "Let me verify the look-up.",
  ],
  approve: [
    "The number of rows is right, so I have nothing to add.",
    "The look-up is complete.",
    "As many figures as rows; fine with me.",
    "I see no gap in the note.",
    "This matches what I counted.",
  ],
  answer: [
    "Thank you for the request.",
    "We went through the table and can answer this.",
    "Here is the figure you asked for.",
    "The team has looked into it.",
    "Please find the result below.",
    "That was quick to find.",
  ],
} as const satisfies Record<string, Options>;

/** One of the phrases of a kind: always the same one for the same request. */
export function phrase(kind: keyof typeof PHRASES, about: string | number): string {
  return choose<string>(PHRASES[kind], `${kind} ${about}`);
}
