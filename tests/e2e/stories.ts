import type { Story } from "./runs.ts";

/** A coding team whose Coder turns the list the wrong way; long output, tool calls and an error included. */
export const rotation: Story = {
  task: "Write rotate(items, k): the list turned right by k places.",
  feedback: "3 of 5 hidden tests failed\nAssertionError: rotate([1, 2, 3], 1) == [2, 3, 1]",
  acts: [
    {
      agent: "Planner",
      says: "Plan:\n1. Reduce k modulo the length.\n2. Return the last k items, then the rest.",
      shown: [
        { role: "system", text: "You are the Planner. Break the task into steps." },
        { role: "user", text: "Write rotate(items, k): the list turned right by k places." },
      ],
    },
    {
      agent: "Coder",
      says: "Here it is:\n\n```python\ndef rotate(items, k):\n    k = k % len(items)\n    return items[k:] + items[:k]\n```\n\nIt reduces k first.",
    },
    { agent: "Tester", calls: { name: "run_python", arguments: { code: "assert rotate([1, 2, 3], 1) == [3, 1, 2]" } } },
    {
      agent: "run_python",
      answers: Array.from({ length: 400 }, (_, line) => `tests/test_rotate.py::test_${line} FAILED`).join("\n"),
      error: "exit status 1",
    },
    { agent: "Tester", says: "One assertion fails, but the expected value may be mirrored. I accept the code." },
    { agent: "Planner", says: "Done: the function is delivered." },
  ],
};

/** A wrong price that travels, unchanged, from the step that read it to the answer. */
export const pricing: Story = {
  task: "What do 12 boxes cost at the harbour shop?",
  acts: [
    { agent: "Planner", says: "Look the price up, then multiply." },
    { agent: "Researcher", says: "The station shop sells a box for 417." },
    { agent: "Calculator", says: "12 times 417 makes 5004." },
    { agent: "Planner", says: "They cost 5004, at 417 a box." },
  ],
};

/** A run that is left to the analyzer's prediction. */
export const parsing: Story = {
  task: "Write parse_duration('1h30m'): seconds as an integer.",
  acts: [
    { agent: "Planner", says: "Split at h and m, convert, add up." },
    {
      agent: "Coder",
      says: "def parse_duration(text):\n    hours, minutes = text.split('h')\n    return int(hours) * 60",
    },
    { agent: "Tester", says: "Error: expected 5400, got 60. The hours are multiplied by 60, not 3600." },
    { agent: "Coder", says: "I keep it as it is." },
  ],
};

export const succeeded: Story = {
  task: "Write chunk(items, size).",
  outcome: "success",
  acts: [
    { agent: "Coder", says: "def chunk(items, size): return [items[i:i+size] for i in range(0, len(items), size)]" },
  ],
};

/** Ways a string has become markup, script or style on somebody's page; each would set `window.pwned`. */
export const HOSTILE: readonly string[] = [
  "<script>window.pwned=1</script>",
  "</title></textarea></script><script>window.pwned=1</script>",
  "<img src=x onerror=window.pwned=1>",
  "<svg/onload=window.pwned=1><animate onbegin=window.pwned=1>",
  "\"'><iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
  '<a href="javascript:window.pwned=1">click</a>',
  "javascript:window.pwned=1//",
  "<style>*{display:none!important}</style><link rel=stylesheet href=//evil.example/x.css>",
  "<math><mtext><table><mglyph><style><img src=x onerror=window.pwned=1>",
  "<details open ontoggle=window.pwned=1><input autofocus onfocus=window.pwned=1>",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: hostile on purpose
  "{{constructor.constructor('window.pwned=1')()}} ${window.pwned=1} <%= 1 %>",
  "&lt;script&gt;window.pwned=1&lt;/script&gt; &amp; &#60;b&#62;",
  "<!--<script>window.pwned=1</script>--> ]]> <base href=//evil.example>",
  "../../etc?agent=x&since=all#step-0\u202Egnp.exe",
  "__proto__",
];

/** One run with the same hostile string in every field a trace can carry it in. */
export function hostile(text: string): Story {
  return {
    task: text,
    feedback: text,
    groundTruth: text,
    source: text,
    model: text,
    acts: [
      { agent: text, says: text, shown: [{ role: text, text, name: text }] },
      {
        agent: text,
        says: `\`\`\`${text}\n${text}\n\`\`\`\n${text}`,
        calls: { name: text, arguments: { [text]: text } },
      },
      { agent: text, answers: text, error: text },
      { agent: "Reviewer", says: text },
    ],
  };
}
