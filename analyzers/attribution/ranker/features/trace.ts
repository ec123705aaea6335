import type { Lexicon } from "./lexicon.ts";
import { WORD_CAPITAL, WORD_NUMBER, type Words } from "./scan.ts";
import type { StepView } from "./step-view.ts";

const IN_TASK = 1;
const IN_FINAL = 2;
/** Somebody used it, or it is of the task. */
const KNOWN = 4;
/** The environment showed it, or it is of the task. */
const OBSERVED = 8;

/** Follows words through the run: what is new where, what it repeats, what reaches the end. */
export function traceWords(steps: readonly StepView[], agents: readonly StepView[], task: Words, lexicon: Lexicon) {
  let words = task.count;
  for (const step of steps) words += step.words.count;
  lexicon.reset(words);
  const state = new Uint8Array(words);
  const taskSize = markTask(task, lexicon, state);
  const finalSize = markFinal(agents, lexicon, state);
  // Per word: the last step that held it, and the last step for which it was a word of the other text in question.
  const heldBy = new Int32Array(words);
  const seenFor = new Int32Array(words);
  const selfFor = new Int32Array(words);
  const list = new Int32Array(words);
  const lastOf = new Map<string, StepView>();
  let stamp = 0;
  for (const step of steps) {
    stamp++;
    const self = lastOf.get(step.agent);
    if (step.seen) for (const word of step.seen.vocabulary) seenFor[word] = stamp;
    if (self) for (const word of self.vocabulary) selfFor[word] = stamp;
    const environment = step.role === "environment";
    const { hash, sort, count } = step.words;
    const tail = count >> 1;
    let size = 0;
    let fresh = 0;
    let inTask = 0;
    let inSeen = 0;
    let inSelf = 0;
    let inFinal = 0;
    let inTail = 0;
    let facts = 0;
    for (let i = 0; i < count; i++) {
      const word = lexicon.number(hash[i] ?? 0);
      let own = state[word] ?? 0;
      if (heldBy[word] === stamp) continue;
      heldBy[word] = stamp;
      list[size++] = word;
      const kind = sort[i];
      if (i >= tail && own & IN_TASK) inTail++;
      if (environment) own |= OBSERVED;
      else if (kind !== 0) {
        facts++;
        if (!(own & OBSERVED)) step.unsupportedCount++;
      }
      if (!(own & KNOWN)) {
        fresh++;
        own |= KNOWN;
        if (kind === WORD_NUMBER) {
          step.newNumbers++;
          if (own & IN_FINAL) step.newNumbersFinal++;
        } else if (kind === WORD_CAPITAL) {
          step.newNames++;
          if (own & IN_FINAL) step.newNamesFinal++;
        }
      }
      if (own & IN_TASK) inTask++;
      if (own & IN_FINAL) inFinal++;
      if (seenFor[word] === stamp) inSeen++;
      if (selfFor[word] === stamp) inSelf++;
      state[word] = own;
    }
    const distinct = Math.max(1, size);
    step.novelty = fresh / distinct;
    step.unsupported = step.unsupportedCount / Math.max(5, facts);
    step.tailTaskOverlap = inTail / Math.max(1, taskSize);
    step.taskOverlap = inTask / Math.max(1, taskSize);
    step.seenOverlap = inSeen / distinct;
    step.selfOverlap = inSelf / distinct;
    step.finalOverlap = inFinal / distinct;
    step.finalShare = inFinal / Math.max(1, finalSize);
    step.vocabulary = list.slice(0, size);
    lastOf.set(step.agent, step);
  }
}

function markTask(task: Words, lexicon: Lexicon, state: Uint8Array): number {
  let size = 0;
  for (let i = 0; i < task.count; i++) {
    const word = lexicon.number(task.hash[i] ?? 0);
    if (state[word] === 0) size++;
    state[word] = IN_TASK | KNOWN | OBSERVED;
  }
  return size;
}

/** Words of the last agent step with something to say, without those of the task. */
function markFinal(agents: readonly StepView[], lexicon: Lexicon, state: Uint8Array): number {
  let size = 0;
  for (let place = agents.length - 1; place >= 0 && place >= agents.length - 4; place--) {
    const words = agents[place]?.words;
    if (!words || words.count < 4) continue;
    for (let i = 0; i < words.count; i++) {
      const word = lexicon.number(words.hash[i] ?? 0);
      if (state[word] !== 0) continue;
      state[word] = IN_FINAL;
      size++;
    }
    break;
  }
  return size;
}
