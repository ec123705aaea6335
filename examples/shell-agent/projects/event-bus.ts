import type { Project } from "./project.ts";
import { jsTests } from "./test-files.ts";

export const eventBus: Project = {
  name: "event-bus",
  language: "js",
  word: "emit",
  loud: false,
  issue:
    "When a listener removes itself while an event is emitted, the listener after it is skipped. Every listener that was there when emit() began must be called.",
  files: {
    "README.md": "# event-bus\n\nListeners by event name.\n",
    "src/bus.js": `/** Listeners by event name. */
export class Bus {
  #listeners = new Map();

  on(name, listener) {
    const own = this.#listeners.get(name) ?? [];
    own.push(listener);
    this.#listeners.set(name, own);
    return () => this.off(name, listener);
  }

  off(name, listener) {
    const own = this.#listeners.get(name) ?? [];
    const at = own.indexOf(listener);
    if (at >= 0) own.splice(at, 1);
  }

  emit(name, value) {
    const own = [...(this.#listeners.get(name) ?? [])];
    for (let at = 0; at < own.length; at++) own[at](value);
    return own.length;
  }
}
`,
    "src/once.js": `/** Listens for one event only. */
export function once(bus, name, listener) {
  const stop = bus.on(name, (value) => {
    stop();
    listener(value);
  });
  return stop;
}
`,
    "src/collect.js": `/** The values of an event until it is stopped. */
export function collect(bus, name) {
  const values = [];
  const stop = bus.on(name, (value) => values.push(value));
  return { values, stop };
}
`,
    "test/bus.test.js": jsTests(
      ['import { Bus } from "../src/bus.js";', 'import { collect } from "../src/collect.js";'],
      [
        [
          "calls",
          "{ const bus = new Bus(); const { values } = collect(bus, 'a'); bus.emit('a', 1); assert.deepEqual(values, [1]); }",
        ],
        [
          "stops",
          "{ const bus = new Bus(); const { values, stop } = collect(bus, 'a'); stop(); bus.emit('a', 1); assert.deepEqual(values, []); }",
        ],
        ["counts", "{ const bus = new Bus(); bus.on('a', () => {}); assert.equal(bus.emit('a'), 1); }"],
      ],
    ),
  },
  hidden: {
    "check/bus.test.js": jsTests(
      [
        'import { Bus } from "../src/bus.js";',
        'import { once } from "../src/once.js";',
        'import { collect } from "../src/collect.js";',
      ],
      [
        [
          "nobody is skipped",
          "{ const bus = new Bus(); once(bus, 'a', () => {}); const { values } = collect(bus, 'a'); bus.emit('a', 1); assert.deepEqual(values, [1]); }",
        ],
        [
          "once is once",
          "{ const bus = new Bus(); let n = 0; once(bus, 'a', () => n++); bus.emit('a'); bus.emit('a'); assert.equal(n, 1); }",
        ],
        [
          "added meanwhile",
          "{ const bus = new Bus(); let n = 0; bus.on('a', () => bus.on('a', () => n++)); bus.emit('a'); assert.equal(n, 0); }",
        ],
        [
          "two once",
          "{ const bus = new Bus(); let n = 0; once(bus, 'a', () => n++); once(bus, 'a', () => n++); bus.emit('a'); assert.equal(n, 2); }",
        ],
        [
          "counts",
          "{ const bus = new Bus(); bus.on('a', () => {}); bus.on('a', () => {}); assert.equal(bus.emit('a'), 2); assert.equal(bus.emit('b'), 0); }",
        ],
        [
          "unsubscribes",
          "{ const bus = new Bus(); let n = 0; const stop = bus.on('a', () => n++); stop(); stop(); bus.emit('a'); assert.equal(n, 0); }",
        ],
      ],
    ),
  },
  places: [
    {
      file: "src/bus.js",
      right: "    const own = [...(this.#listeners.get(name) ?? [])];\n    for",
      wrong: "    const own = this.#listeners.get(name) ?? [];\n    for",
    },
  ],
  slips: {
    operator: {
      place: 0,
      code: "    const own = this.#listeners.get(name) ?? [];\n    for (let at = own.length - 1; at >= 0; at--) own[at](value);\n    for",
      thought: "Going backwards, a removal does not move what is still to come.",
    },
    elsewhere: {
      file: "src/once.js",
      before: "    stop();\n    listener(value);\n",
      after: "    listener(value);\n    queueMicrotask(stop);\n",
      thought: "once() must not remove itself during the event; it does so right after it.",
    },
    tidy: {
      file: "src/bus.js",
      before: "if (at >= 0) own.splice(at, 1);",
      after: "own.splice(at, 1);",
      thought: "The check before splice() is not needed, so I drop it.",
    },
  },
};
