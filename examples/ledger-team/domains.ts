/** A column whose values are one of a few words. */
export interface Category {
  column: string;
  values: readonly string[];
}

/** A column of numbers: lowest, highest and step. */
export interface Measure {
  column: string;
  unit: string;
  range: readonly [low: number, high: number, step: number];
}

/** What the tables of one kind of request hold. */
export interface Domain {
  table: string;
  /** What one row is about. */
  entity: string;
  categories: readonly [Category, Category];
  measures: readonly [Measure, Measure];
}

function domain(
  table: string,
  entity: string,
  categories: readonly [string, readonly string[]][],
  measures: readonly [string, string, readonly [number, number, number]][],
): Domain {
  const [first, second] = categories.map(([column, values]) => ({ column, values }));
  const [one, other] = measures.map(([column, unit, range]) => ({ column, unit, range }));
  if (!first || !second || !one || !other) throw new TypeError(`The domain ${table} is not whole.`);
  return { table, entity, categories: [first, second], measures: [one, other] };
}

/** Kinds of tables that requests are made about. */
export const DOMAINS: readonly Domain[] = [
  domain(
    "orders",
    "customer",
    [
      ["region", ["Harbour", "Uplands", "Riverside", "Eastgate", "Old Town"]],
      ["channel", ["web", "phone", "counter"]],
    ],
    [
      ["amount", "crowns", [12, 940, 0.5]],
      ["items", "items", [1, 40, 1]],
    ],
  ),
  domain(
    "trips",
    "driver",
    [
      ["depot", ["North Yard", "Canal Street", "Quay", "Hill Road"]],
      ["vehicle", ["van", "lorry", "cargo bike", "minibus"]],
    ],
    [
      ["distance", "kilometres", [4, 310, 0.5]],
      ["stops", "stops", [1, 28, 1]],
    ],
  ),
  domain(
    "harvest",
    "field",
    [
      ["crop", ["barley", "oats", "rye", "lentils", "flax"]],
      ["farm", ["Lindholm", "Askrige", "Veld", "Tarnby"]],
    ],
    [
      ["weight", "kilograms", [80, 2400, 5]],
      ["days", "days", [2, 19, 1]],
    ],
  ),
  domain(
    "bookings",
    "guest",
    [
      ["house", ["Lakeside", "Mill House", "The Gables", "Stonecroft"]],
      ["room", ["single", "double", "suite", "attic"]],
    ],
    [
      ["price", "crowns", [45, 620, 0.5]],
      ["nights", "nights", [1, 14, 1]],
    ],
  ),
  domain(
    "readings",
    "sensor",
    [
      ["site", ["Weir", "Culvert", "Spillway", "Intake", "Basin"]],
      ["kind", ["level", "flow", "turbidity"]],
    ],
    [
      ["value", "units", [0.5, 88, 0.1]],
      ["minutes", "minutes", [5, 240, 5]],
    ],
  ),
  domain(
    "tickets",
    "request",
    [
      ["team", ["Billing", "Access", "Devices", "Network"]],
      ["priority", ["low", "normal", "high", "urgent"]],
    ],
    [
      ["hours", "hours", [0.5, 46, 0.5]],
      ["replies", "replies", [1, 23, 1]],
    ],
  ),
  domain(
    "loans",
    "title",
    [
      ["branch", ["Central", "Southfield", "Market Hall", "Mobile"]],
      ["shelf", ["fiction", "maps", "music", "science"]],
    ],
    [
      ["fee", "pence", [10, 480, 5]],
      ["days", "days", [1, 60, 1]],
    ],
  ),
  domain(
    "shipments",
    "parcel",
    [
      ["carrier", ["Fastline", "Overland", "Seabird", "Northpost"]],
      ["zone", ["inner", "outer", "island", "abroad"]],
    ],
    [
      ["cost", "crowns", [3, 210, 0.5]],
      ["weight", "kilograms", [0.5, 64, 0.5]],
    ],
  ),
  domain(
    "repairs",
    "machine",
    [
      ["hall", ["Hall A", "Hall B", "Press Shop", "Paint Shop"]],
      ["part", ["belt", "valve", "bearing", "controller", "seal"]],
    ],
    [
      ["cost", "crowns", [20, 1850, 5]],
      ["downtime", "hours", [0.5, 38, 0.5]],
    ],
  ),
  domain(
    "catches",
    "boat",
    [
      ["port", ["Skerry", "Dunmore", "Halvik", "Port Elm"]],
      ["fish", ["cod", "herring", "mackerel", "plaice"]],
    ],
    [
      ["weight", "kilograms", [40, 3900, 10]],
      ["crates", "crates", [1, 95, 1]],
    ],
  ),
  domain(
    "lessons",
    "course",
    [
      ["building", ["Annex", "Main Hall", "Tower", "Pavilion"]],
      ["level", ["beginner", "middle", "advanced"]],
    ],
    [
      ["hours", "hours", [1, 42, 0.5]],
      ["seats", "seats", [4, 48, 1]],
    ],
  ),
  domain(
    "flights",
    "glider",
    [
      ["airfield", ["Greenham", "Saltmarsh", "Ridge", "Westover"]],
      ["weather", ["clear", "cloud", "wind", "haze"]],
    ],
    [
      ["height", "metres", [180, 3100, 10]],
      ["minutes", "minutes", [6, 340, 1]],
    ],
  ),
];
