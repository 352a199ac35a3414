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
  const custom = value[Symbol.for("nodejs.util.inspect.custom")];
  if (typeof custom === "function") {
    const shown = custom.call(value, 4 - depth, {}, (item) => inspect(item, depth + 1, [...seen, value]));
    return typeof shown === "string" ? shown : inspect(shown, depth + 1, [...seen, value]);
  }
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
/** Rows of a table: the members of each item, or the item itself. */
const table = (data) => {
  if (typeof data !== "object" || data === null) return format([data]);
  const rows = Object.entries(data);
  const members = [
    ...new Set(rows.flatMap(([, row]) => (typeof row === "object" && row ? Object.keys(row) : []))),
  ];
  const hasPlain = rows.some(([, row]) => typeof row !== "object" || row === null);
  const head = ["(index)", ...members, ...(hasPlain ? ["Values"] : [])];
  const cell = (row, name) =>
    typeof row === "object" && row && Object.hasOwn(row, name) ? inspect(row[name], 1, []) : "";
  const cells = rows.map(([index, row]) => [
    index,
    ...members.map((name) => cell(row, name)),
    ...(hasPlain ? [typeof row === "object" && row ? "" : inspect(row, 1, [])] : []),
  ]);
  const widths = head.map((_, at) => Math.max(...[head, ...cells].map((line) => line[at].length)));
  return [head, ...cells]
    .map(
      (line) =>
        `${line
          .map((text, at) => text.padEnd(widths[at]))
          .join(" | ")
          .trimEnd()}\n`,
    )
    .join("");
};

function makeConsole() {
  const counts = new Map();
  const starts = new Map();
  let indent = "";
  const write = (fd, text) => native.write(fd, indent === "" ? text : text.replace(/^(?=.)/gm, indent));
  const out = (...values) => write(1, format(values));
  const err = (...values) => write(2, format(values));
  const group = (...values) => {
    if (values.length > 0) out(...values);
    indent += "  ";
  };
  const timeLog = (label = "default", ...values) => {
    if (starts.has(label)) out(`${label}: ${Date.now() - starts.get(label)}ms`, ...values);
  };
  return {
    log: out,
    info: out,
    debug: out,
    trace: (...values) => err("Trace:", ...values),
    warn: err,
    error: err,
    dir: (value) => out(value),
    dirxml: out,
    table: (data) => write(1, table(data)),
    assert: (condition, ...values) => {
      if (!condition) err("Assertion failed", ...values);
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      out(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = "default") => {
      counts.delete(label);
    },
    group,
    groupCollapsed: group,
    groupEnd: () => {
      indent = indent.slice(2);
    },
    time: (label = "default") => {
      starts.set(label, Date.now());
    },
    timeLog,
    timeEnd: (label = "default") => {
      timeLog(label);
      starts.delete(label);
    },
  };
}

export const console = /* @__PURE__ */ makeConsole();
