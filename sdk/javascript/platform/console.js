// console: everything goes out as a line, log to standard output and warn and error to standard error.

/** The glue's functions, there while the module is built. */
const native = /* @__PURE__ */ (() => globalThis.__smdk_native)();

const inspect = (value, depth, seen) => {
  if (typeof value === "string") return depth === 0 ? value : JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return `[Function: ${value.name || "(anonymous)"}]`;
  if (typeof value === "symbol") return value.toString();
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Error) return native.describe(value);
  if (native.isValue(value)) return depth === 0 ? value.text : JSON.stringify(value.text);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (seen.includes(value)) return "[Circular]";
  if (depth > 4) return Array.isArray(value) ? "[Array]" : "[Object]";
  const below = [...seen, value];
  const show = (item) => inspect(item, depth + 1, below);
  const items = (list) => {
    const shown = list.slice(0, 100).map(show);
    if (list.length > 100) shown.push(`… ${list.length - 100} more`);
    return shown.join(", ");
  };
  if (Array.isArray(value)) return `[${items(value)}]`;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return `${value.constructor.name}(${value.length}) [${items(Array.from(value.subarray(0, 101)))}]`;
  }
  if (value instanceof Map) {
    return `Map(${value.size}) {${[...value].map(([k, v]) => `${show(k)} => ${show(v)}`).join(", ")}}`;
  }
  if (value instanceof Set) return `Set(${value.size}) {${items([...value])}}`;
  if (value instanceof Promise) return "Promise {}";
  const prototype = Object.getPrototypeOf(value);
  const name = prototype && prototype !== Object.prototype && prototype.constructor?.name;
  const fields = Object.keys(value).map((key) => {
    const label = /^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key);
    return `${label}: ${show(value[key])}`;
  });
  return `${name ? `${name} ` : ""}{${fields.length ? ` ${fields.join(", ")} ` : ""}}`;
};
const format = (values) => {
  let rest = values;
  let head = "";
  if (typeof values[0] === "string" && values.length > 1 && values[0].includes("%")) {
    rest = values.slice(1);
    head = values[0].replace(/%[sdifoOjc%]/g, (code) => {
      if (code === "%%") return "%";
      if (rest.length === 0) return code;
      const value = rest.shift();
      if (code === "%s") return inspect(value, 0, []);
      if (code === "%d" || code === "%f") return String(Number(value));
      if (code === "%i") return String(Math.trunc(Number(value)));
      if (code === "%j") return JSON.stringify(value);
      return code === "%c" ? "" : inspect(value, 1, []);
    });
    if (rest.length > 0) head += " ";
  }
  return `${head}${rest.map((value) => inspect(value, 0, [])).join(" ")}\n`;
};
const print =
  (fd) =>
  (...values) =>
    native.write(fd, format(values));

function makeConsole() {
  const counts = new Map();
  const out = print(1);
  const err = print(2);
  return {
    log: out,
    info: out,
    debug: out,
    trace: (...values) => err("Trace:", ...values),
    warn: err,
    error: err,
    dir: (value) => out(value),
    assert: (condition, ...values) => {
      if (!condition) err("Assertion failed", ...values);
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      out(`${label}: ${counts.get(label)}`);
    },
    group: out,
    groupEnd: () => {},
  };
}

export const console = /* @__PURE__ */ makeConsole();
