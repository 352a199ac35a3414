// What every module starts with: the platform's globals, and the helpers that the glue calls. It is evaluated
// once, when a module is built, with the glue's functions in `native`; what it returns goes to the glue.
(native) => {
  const define = (target, name, value) =>
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
  const { stringify } = native;

  // ---- the platform ----

  delete globalThis.performance;
  // Built-ins that the engine makes from bytecode when they are asked for, which a module cannot.
  native.made = [Array.fromAsync, Iterator.zip, Iterator.zipKeyed];
  // The user's own line may be far below what a library calls.
  Error.stackTraceLimit = 100;
  native.plain = [
    String.prototype.includes,
    String.prototype.indexOf,
    String.prototype.startsWith,
    JSON.parse,
    JSON.stringify,
  ];
  define(String.prototype, "includes", native.includes);
  define(String.prototype, "indexOf", native.indexOf);
  define(String.prototype, "startsWith", native.startsWith);
  define(JSON, "parse", native.jsonParse);
  define(JSON, "stringify", stringify);
  define(Math, "random", native.random);
  // The engine's setters leave a date as it was when an argument is NaN; libraries rely on it becoming invalid.
  for (const name of Object.getOwnPropertyNames(Date.prototype)) {
    if (!/^set(UTC)?([FHMDS]|Mi)/.test(name)) continue;
    const plain = Date.prototype[name];
    const { [name]: setter } = {
      [name](...parts) {
        const time = plain.apply(this, parts);
        return Number.isNaN(time) ? this.setTime(time) : time;
      },
    };
    define(Date.prototype, name, Object.defineProperty(setter, "length", { value: plain.length }));
  }
  // For the parts of the platform that a program brings along when it uses them.
  define(globalThis, "__smdk_native", native);

  // ---- errors ----

  let lineTable = "";
  let fileNames = [];
  /** Place in the user's sources of a place in the bundle: "file:line:column", or "". */
  const placeOf = (line, column) => {
    let at = 0;
    for (let n = 1; n < line; n++) {
      at = lineTable.indexOf(";", at) + 1;
      if (at === 0) return "";
    }
    const [file, ...pieces] = lineTable.slice(at, lineTable.indexOf(";", at)).split("|");
    let place = "";
    for (const piece of pieces) {
      const [from, number, shift] = piece.split(",").map(Number);
      if (place !== "" && from > column) break;
      place = `${fileNames[Number(file)]}:${number}:${Math.max(from, column) + shift}`;
    }
    return place;
  };
  const where = (stack) => {
    if (typeof stack !== "string") return "";
    const frame = /at (?:(?:async )?([^\s(]*) )?\(?module\.js:(\d+)(?::(\d+))?/g;
    for (let match = frame.exec(stack); match !== null; match = frame.exec(stack)) {
      const place = placeOf(Number(match[2]), Number(match[3] ?? 1));
      if (place === "") continue;
      const name = match[1];
      return name && name !== "<anonymous>" && name !== "<eval>" ? ` at ${name} (${place})` : ` at ${place}`;
    }
    return "";
  };
  const LIMIT =
    "the record took longer than the limit allows (an endless loop or a regular expression that backtracks?)";
  const describe = (error) => {
    if (!(error instanceof Error)) {
      if (typeof error !== "object" || error === null) return String(error);
      return stringify(error) ?? "an object that is no Error was thrown";
    }
    let { name, message } = error;
    if (name === "InternalError" && message === "interrupted") message = LIMIT;
    let text = name === "Error" || name === "InternalError" ? String(message) : `${name}: ${message}`;
    if (text === "") text = String(name);
    text += where(error.stack);
    if (error instanceof AggregateError) {
      text += error.errors.map((part) => `\n  ${describe(part)}`).join("");
    }
    if (error.cause !== undefined && error.cause !== error)
      text += `\n\nCaused by:\n    ${describe(error.cause)}`;
    return text;
  };

  const FAILURES = [
    [
      Error,
      "the promise never settles: nothing is left that could resolve it (there are no timers and no network in a SmartModule)",
    ],
    [
      TypeError,
      "a value is missing: the function returned undefined or null (to drop a record use filterMap)",
    ],
    [TypeError, "arrayMap must return an array or something else to iterate"],
    [TypeError, "the property `value` of a result must be text, bytes or JSON, not null"],
    [SyntaxError, "JSON nests deeper than 1000 levels"],
    [Error, "one record led to more than 1000000 continuations of promises"],
    [TypeError, "text, a Uint8Array or a record's key or value expected"],
    [RangeError, "a value must not be larger than 512 MiB"],
    [TypeError, "this is no record, or no key or value of one"],
    [Error, "invalid digit found in string"],
    [Error, "invalid number found in string"],
    [
      TypeError,
      "import() finds nothing when a SmartModule runs: only what is known when it is built can be imported",
    ],
  ];

  const encode = (value) => {
    if (typeof value === "object" && (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)) {
      return value instanceof ArrayBuffer
        ? new Uint8Array(value)
        : new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    }
    if (typeof value === "bigint") return String(value);
    const text = typeof value === "symbol" ? undefined : stringify(value);
    if (text === undefined) throw new TypeError(`a ${typeof value} cannot be the value of a record`);
    return text;
  };

  // ---- the user's functions ----

  const wrong = (name, wanted, text) =>
    new Error(
      `Param ${name}: must be ${wanted}, not "${text.length > 100 ? `${text.slice(0, 100)}…` : text}"`,
    );

  class Params {
    #values;
    constructor(values) {
      this.#values = values;
    }
    get size() {
      return this.#values.size;
    }
    names() {
      return [...this.#values.keys()];
    }
    has(name) {
      return this.#values.has(name);
    }
    get(name) {
      return this.#values.get(name) ?? null;
    }
    required(name) {
      const value = this.#values.get(name);
      if (value === undefined) throw new Error(`Missing param ${name}`);
      return value;
    }
    optional(name, otherwise = "") {
      return this.#values.get(name) ?? otherwise;
    }
    int(name, otherwise = 0, ...range) {
      return this.has(name) ? this.requiredInt(name, ...range) : otherwise;
    }
    requiredInt(name, least = -Infinity, most = Infinity) {
      const text = this.required(name);
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
      if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
      const from = least > -Infinity ? ` from ${least}` : "";
      const to = most < Infinity ? `${from ? " to" : " up to"} ${most}` : "";
      throw wrong(name, `an integer${from}${to}`, text);
    }
    float(name, otherwise = 0) {
      return this.has(name) ? this.requiredFloat(name) : otherwise;
    }
    requiredFloat(name) {
      const text = this.required(name);
      if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw wrong(name, "a number", text);
      return Number(text);
    }
    bool(name, otherwise = false) {
      return this.has(name) ? this.requiredBool(name) : otherwise;
    }
    requiredBool(name) {
      return this.requiredOneOf(name, ["true", "false"], " or ") === "true";
    }
    oneOf(name, choices, otherwise = "") {
      return this.has(name) ? this.requiredOneOf(name, choices) : otherwise;
    }
    requiredOneOf(name, choices, or) {
      const text = this.required(name);
      if (choices.includes(text)) return text;
      throw wrong(name, or ? choices.join(or) : `one of ${choices.join(", ")}`, text);
    }
    list(name, separator = ",") {
      const parts = this.optional(name).split(separator);
      return parts.map((part) => part.trim()).filter((part) => part !== "");
    }
    duration(name, otherwise = 0) {
      return this.has(name) ? this.requiredDuration(name) : otherwise;
    }
    requiredDuration(name) {
      const text = this.required(name);
      if (!/^(\d{1,9}(ms|[smhd]))+$/.test(text)) {
        throw wrong(name, "a time such as 500ms, 90s, 15m, 1h30m or 7d", text);
      }
      const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
      return text
        .match(/\d+\D+/g)
        .reduce((sum, part) => sum + parseInt(part, 10) * units[part.replace(/\d+/, "")], 0);
    }
    json(name) {
      const text = this.required(name);
      try {
        return JSON.parse(text);
      } catch {
        throw wrong(name, "JSON", text);
      }
    }
    toJSON() {
      return Object.fromEntries(this.#values);
    }
  }

  const KINDS = {
    filter: "filter",
    map: "map",
    filterMap: "filter_map",
    arrayMap: "array_map",
    aggregate: "aggregate",
  };
  const problem = (message, hint) => ({ problem: message, hint });
  // A file without any export is taken for a CommonJS module, whose exports are the default one.
  const isEmpty = (value) => typeof value === "object" && value !== null && Object.keys(value).length === 0;
  const textOf = (value) => (typeof value === "string" ? value : encode(value));

  /** Sorts out what the entry file exports. */
  const setup = (exported) => {
    const configured = exported.default;
    const isConfigured = typeof configured === "object" && configured !== null && "smdkModule" in configured;
    const source = isConfigured ? configured.smdkModule : exported;
    const find = (name) =>
      source[name] ?? source[name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
    const kinds = Object.keys(KINDS).filter((name) => find(name) !== undefined);
    const [name] = kinds;
    if (name === undefined) {
      const others = Object.keys(exported).filter((key) => key !== "default");
      const list = others.length === 0 ? "" : ` (it only exports ${others.join(", ")})`;
      if (exported.default !== undefined && !isConfigured && !isEmpty(exported.default)) {
        return problem(
          "a SmartModule's functions are exported by name, not as default",
          "Write `export function filter(record) { … }`, or `export default defineSmartModule({ filter(record) { … } })`.",
        );
      }
      return problem(
        `no transform found: the entry file must export filter, map, filterMap, arrayMap or aggregate${list}`,
        "For example: export function filter(record: Record): boolean { … }",
      );
    }
    if (kinds.length > 1) {
      return problem(
        `a SmartModule has exactly one transform, but this one exports ${kinds.slice(0, -1).join(", ")} and ${kinds.at(-1)}`,
        "Put them into projects of their own; a chain runs them one after the other.",
      );
    }
    for (const each of [name, "init", "lookBack"]) {
      if (find(each) !== undefined && typeof find(each) !== "function") {
        return problem(`${each} must be a function`, `Write \`export function ${each}(…) { … }\`.`);
      }
    }
    const userInit = find("init");
    const declared = isConfigured ? source.params : undefined;
    let transform = find(name);
    let lookBack = find("lookBack");
    let init;
    if (isConfigured) {
      // Methods see their configuration as `this`, and the parameters as their last argument.
      let values;
      const given = transform;
      const givenLookBack = lookBack;
      transform =
        name === "aggregate"
          ? (state, record) => given.call(source, state, record, values)
          : (record) => given.call(source, record, values);
      if (lookBack) lookBack = (record) => givenLookBack.call(source, record, values);
      if (declared || userInit) {
        init = (params) => {
          values = declared ? source.readParams(params) : params;
          return userInit?.call(source, values);
        };
      }
    } else if (userInit) {
      init = (params) => userInit(params);
    }
    const start =
      init &&
      ((list) => {
        const values = new Map();
        for (let i = 0; i < list.length; i += 2) values.set(list[i], list[i + 1]);
        return init(new Params(values));
      });
    const { initial } = source;
    let stateMode = 0;
    let decodeState;
    if (name === "aggregate" && initial !== undefined && initial !== "") {
      if (initial instanceof Uint8Array) {
        if (initial.length > 0) {
          return problem(
            "a state of bytes begins empty",
            "Write `export const initial = new Uint8Array();` and look at `state.length`.",
          );
        }
        stateMode = 2;
      } else {
        stateMode = 1;
        const first = textOf(initial);
        const decode = { string: String, bigint: BigInt }[typeof initial] ?? JSON.parse;
        decodeState = (text) => decode(text === "" ? first : text);
      }
    }
    return {
      kind: KINDS[name],
      transform,
      init: start,
      lookBack,
      stateMode,
      decodeState,
      params: declared && source.describeParams(),
    };
  };

  native.describe = describe;
  return {
    describe,
    encode,
    setup,
    fail: (code) => {
      const [type, message] = FAILURES[code];
      const error = new type(message);
      throw error;
    },
    list: (iterable) => {
      if (typeof iterable[Symbol.iterator] !== "function" || native.isValue(iterable)) {
        throw new TypeError(FAILURES[2][1]);
      }
      return Array.from(iterable);
    },
    setLines: (table, files) => {
      lineTable = table;
      fileNames = files.split("\n");
    },
  };
};
