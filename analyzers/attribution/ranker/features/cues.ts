import { phraseHash, type Words, wordHash } from "./scan.ts";

/**
 * Word lists with a meaning. A phrase has one to three words, written in lower case as `scanWords` splits them.
 * They are of general English and of what agent frameworks print, not of one benchmark's tasks.
 */
export const CUES = {
  assumption: `assume|assumed|assumes|assuming|assumption|hypothetical|hypothetically|suppose|presumably|let's say|likely|
    probably|would be|might be|should be|if we assume`,
  fabrication: `simulate|simulated|simulating|placeholder|placeholders|mock|dummy|fictional|example data|sample data|
    for demonstration|for illustration|illustrative|for example|example of|sample|replace with|actual data|hardcoded`,
  recall: `known|generally|typically|well known|historically|commonly|from memory|my knowledge|common knowledge|is known|
    it is known|as of my`,
  manual: `manual|manually|manual inspection|by hand|visually|manual review`,
  inability: `cannot|can't|unable|not able|not possible|no access|don't have|do not have|not available|unavailable|
    not feasible|inaccessible|could not|couldn't|not directly`,
  failure: `error|errors|issue|issues|failed|fails|failure|exception|problem|incorrect|wrong|invalid|timeout|timed out|
    unsuccessful|not found|went wrong`,
  apology: `sorry|apologies|apologize|apology|unfortunately|my mistake|confusion|oversight`,
  agreement: `agree|agreed|agrees|concur|correct|accurate|confirmed|confirm|confirms|verified|validated|satisfied|
    consistent|in agreement|looks good|completely agree`,
  conclusion: `therefore|thus|conclude|concluded|conclusion|final answer|final result|the answer is|in conclusion|
    result is|hence|final output|in summary`,
  approximation: `approximately|roughly|about|around|estimate|estimated|approximation|nearly|interpolation|rounded`,
  request: `please|could you|can you|please provide|please share|let me know|would you|please confirm|provide the`,
  plan: `plan|steps|step|first|then|next|finally|proceed|let's start|to begin|we need|approach|strategy`,
  alternative: `alternative|alternatively|instead|another approach|different approach|another|try|workaround|other way`,
  search: `search|searching|query|queries|google|bing|web search|lookup|look up|browse|scrape|scraping|crawl`,
  correction: `corrected|correction|fix|fixed|fixing|revised|revise|updated|modify|modified|adjust|adjusted|correcting|
    refine|refined|improved`,
  evidence: `according to|based on|search results|search result|the results|we have|the output|the data|as shown|
    as per|identified|obtained|extracted|found that|retrieved`,
  verification: `verify|verification|verifying|double check|cross check|cross reference|validate|validation|review|
    check|test|tests|ensure`,
  calculation: `calculate|calculation|compute|computed|sum|total|average|count|formula|equation|percentage|difference|
    multiply|divide|equals`,
  code: `import|def|print|return|python|code|script|function|class|pandas|requests|dataframe|pip`,
  ending: `terminate|task is complete|task complete|request satisfied|no further|conclude the|finished|all set`,
  handoff: `next speaker|hand over|hands over|assign|delegate|take it|your turn|over to|execute the|run the|run this|
    execute this`,
  ledger: `is_request_satisfied|is_in_loop|is_progress_being_made|instruction_or_question|updated ledger|next_speaker`,
  replan: `replanning|stalled|new plan|initial plan|updated plan|start over|re plan|we are working`,
  click: `clicked|i clicked|pressed|selected|hovered|opened`,
  typed: `typed|i typed|entered|i entered|input`,
  scroll: `scrolled|i scrolled|page down|one page|page up|went back`,
  page: `screenshot|viewport|webpage|ocr|metadata|browser|metatags`,
  blocked: `404|403|401|captcha|forbidden|denied|not found|access denied|subscribe|paywall|sign in|log in|page not|
    no results|robot|429|unauthorized|refused`,
  negation: `not|no|none|never|without|n't|nothing`,
  uncertainty: `may|might|could|perhaps|possibly|seems|appears|unclear|not sure|it seems|it appears|uncertain`,
  satisfied: `have found|have identified|have obtained|successfully|has been|have gathered|completed|have successfully|
    fully satisfied`,
  unsatisfied: `not yet|still need|need to|has not|have not|haven't|missing|incomplete|not fully|remaining`,
  demand: `request changes|changes requested|please fix|please change|please correct|please revise|please replace|
    must be fixed|to be fixed|be changed|change the|not correct|is incorrect|is wrong|rewrite|redo`,
  approval: `approve|approved|approves|accept|accepted|looks good|lgtm|ship it|ship this|all pass|tests pass|
    examples pass|is correct|are correct|fully correct`,
  loop: `repeating|loop|repeated|same|again|repeatedly|retry|once more`,
} as const;

export type Cue = keyof typeof CUES;

/** What a step with the cue speaks of, as explanations say it. */
export const CUE_TOPICS: Readonly<Record<Cue, string>> = {
  assumption: "assumptions",
  fabrication: "made-up or example data",
  recall: "knowledge from memory",
  manual: "work by hand",
  inability: "what it cannot do",
  failure: "errors",
  apology: "regret",
  agreement: "agreement",
  conclusion: "a conclusion",
  approximation: "estimates",
  request: "requests to others",
  plan: "a plan",
  alternative: "alternatives",
  search: "searching",
  correction: "corrections",
  evidence: "evidence",
  verification: "verification",
  calculation: "calculation",
  code: "code",
  ending: "ending the run",
  handoff: "handing over",
  ledger: "the state of the task",
  replan: "a new plan",
  click: "following links",
  typed: "typing a query",
  scroll: "scrolling",
  page: "web pages",
  blocked: "refused access",
  negation: "what is not",
  uncertainty: "uncertainty",
  satisfied: "what was found",
  unsatisfied: "what is missing",
  demand: "what others have to change",
  approval: "approval",
  loop: "repetition",
};

export const CUE_NAMES = Object.keys(CUES) as Cue[];

const STARTS = new Uint8Array(1 << 16);
const PHRASES = new Map<number, number[]>();

for (const [index, name] of CUE_NAMES.entries()) {
  for (const phrase of CUES[name].split("|")) {
    const words = phrase.trim().split(/\s+/).map(wordHash);
    const start = words[0] ?? 0;
    const key = words.slice(1).reduce(phraseHash, start);
    STARTS[start & 0xffff] = Math.max(STARTS[start & 0xffff] ?? 0, words.length);
    PHRASES.set(key, [...(PHRASES.get(key) ?? []), index]);
  }
}

/** How often each cue occurs, by its place in {@link CUE_NAMES}. */
export function countCues(words: Words): Uint16Array {
  const counts = new Uint16Array(CUE_NAMES.length);
  const { hash, count } = words;
  for (let i = 0; i < count; i++) {
    const start = hash[i] ?? 0;
    const longest = STARTS[start & 0xffff] ?? 0;
    let key = start;
    for (let length = 1; length <= longest; length++) {
      if (length > 1) {
        if (i + length > count) break;
        key = phraseHash(key, hash[i + length - 1] ?? 0);
      }
      const cues = PHRASES.get(key);
      if (cues) for (const cue of cues) counts[cue] = (counts[cue] ?? 0) + 1;
    }
  }
  return counts;
}
