// The reference page: reads the OpenAPI document and sends requests from here. Everything is put in as text.

/** An element with properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** A schema with its references followed, as far as a person reads. */
function resolve(schema, spec, depth = 0) {
  if (schema === null || typeof schema !== "object") return schema;
  if (Array.isArray(schema)) return schema.map((item) => resolve(item, spec, depth));
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").pop();
    return depth > 3 ? { $ref: schema.$ref } : resolve(spec.components.schemas[name], spec, depth + 1);
  }
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, resolve(value, spec, depth)]));
}

function inputOf({ name, schema }) {
  const shape = schema.anyOf?.find((one) => one.enum) ?? schema;
  if (shape.enum) {
    const select = make("select", { name });
    select.append(make("option", { value: "" }, ""), ...shape.enum.map((value) => make("option", { value }, value)));
    return select;
  }
  return make("input", { name, placeholder: schema.default === undefined ? "" : String(schema.default) });
}

function parameterTable(operation, form) {
  if (operation.parameters.length === 0) return "";
  const rows = operation.parameters.map((parameter) => {
    const input = inputOf(parameter);
    input.dataset.in = parameter.in;
    input.setAttribute("aria-label", parameter.name);
    form.set(parameter.name, input);
    const about = parameter.description ?? parameter.schema.type ?? "";
    return make(
      "tr",
      {},
      make("td", {}, make("code", {}, parameter.name), parameter.required ? " (required)" : ""),
      make("td", {}, input),
      make("td", {}, about),
    );
  });
  return make("table", {}, make("tbody", {}, ...rows));
}

function sendForm(path, method, operation, spec) {
  const form = new Map();
  const table = parameterTable(operation, form);
  const body = operation.requestBody ? make("textarea", { spellcheck: false, value: "{}" }, "{}") : undefined;
  body?.setAttribute("aria-label", "body, JSON");
  const key = make("input", { type: "password", autocomplete: "off", placeholder: "only where keys are asked for" });
  key.setAttribute("aria-label", "API key");
  const answer = make("pre", { hidden: true });
  const button = make("button", { type: "button" }, "Send");
  button.addEventListener("click", async () => {
    const query = new URLSearchParams();
    let target = path;
    for (const [name, input] of form) {
      if (input.value === "") continue;
      if (input.dataset.in === "path") target = target.replace(`{${name}}`, encodeURIComponent(input.value));
      else query.set(name, input.value);
    }
    const headers = { ...(key.value ? { authorization: `Bearer ${key.value}` } : {}) };
    if (body) headers["content-type"] = "application/json";
    answer.hidden = false;
    answer.textContent = "Waiting.";
    try {
      const address = query.size > 0 ? `${target}?${query}` : target;
      const response = await fetch(address, { method, headers, ...(body ? { body: body.value } : {}) });
      const text = await response.text();
      let shown = text;
      try {
        shown = JSON.stringify(JSON.parse(text), null, 2);
      } catch {
        // NDJSON is shown as it came.
      }
      answer.textContent = `${method} ${address}\n${response.status}\n\n${shown.slice(0, 200_000)}`;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
  const bodySchema = operation.requestBody?.content["application/json"].schema;
  return [
    table,
    ...(body ? [make("p", {}, "Body"), body, make("pre", {}, JSON.stringify(resolve(bodySchema, spec), null, 2))] : []),
    make("p", {}, make("label", {}, "API key ", key), " ", button),
    answer,
  ];
}

function errorTable(operation) {
  const rows = Object.entries(operation["x-culprit-errors"]).map(([code, status]) =>
    make("tr", {}, make("td", {}, String(status)), make("td", {}, make("code", {}, code))),
  );
  return make(
    "details",
    {},
    make("summary", {}, "Errors"),
    make("div", { className: "inside" }, make("table", {}, make("tbody", {}, ...rows))),
  );
}

function routeOf(path, method, operation, spec) {
  const element = make(
    "details",
    { id: operation.operationId },
    make("summary", {}, make("span", { className: "method" }, method), make("code", {}, path), ` ${operation.summary}`),
  );
  // Thousands of inputs cost a page more than they are worth before anybody opens them.
  element.addEventListener(
    "toggle",
    () => {
      const schema = operation.responses["200"].content["application/json"].schema;
      const scopes = operation["x-culprit-scopes"].join(", ");
      const answers = make(
        "details",
        {},
        make("summary", {}, "Answer"),
        make("pre", {}, JSON.stringify(resolve(schema, spec), null, 2)),
      );
      element.append(
        make(
          "div",
          { className: "inside" },
          make("p", {}, `Scope: ${scopes || "none"}`),
          ...sendForm(path, method, operation, spec),
          answers,
          errorTable(operation),
        ),
      );
    },
    { once: true },
  );
  return element;
}

async function start() {
  const response = await fetch("/api/v1/openapi.json");
  const spec = await response.json();
  document.getElementById("about").textContent = `${spec.info.description} Version ${spec.info.version}.`;
  const main = document.getElementById("routes");
  main.replaceChildren();
  const sections = new Map();
  for (const [path, methods] of Object.entries(spec.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0];
      if (!sections.has(tag)) sections.set(tag, make("section", {}, make("h2", {}, tag)));
      sections.get(tag).append(routeOf(path, method.toUpperCase(), operation, spec));
    }
  }
  main.append(...sections.values());
  document.getElementById("find").addEventListener("input", ({ target }) => {
    const words = target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const route of main.querySelectorAll("section > details")) {
      const text = route.querySelector("summary").textContent.toLowerCase();
      route.hidden = !words.every((word) => text.includes(word));
    }
  });
}

start().catch((error) => {
  document.getElementById("routes").textContent = `The document could not be read: ${error}`;
});
