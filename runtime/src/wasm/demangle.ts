/** Nested symbol names (`_ZN…E`: Rust's legacy form) in readable form, as backtraces show them. */

const ESCAPES: Readonly<Record<string, string>> = {
  SP: "@",
  BP: "*",
  RF: "&",
  LT: "<",
  GT: ">",
  LP: "(",
  RP: ")",
  C: ",",
};

/** `_ZN4core9panicking5panic17h…E` becomes `core::panicking::panic::h…`; other names stay as they are. */
export function demangle(symbol: string): string {
  const match = /^_?_ZN((?:\d+[A-Za-z_$.][\w$.]*?)+)E(?:\..*)?$/.exec(symbol);
  if (match === null) return symbol;
  const parts: string[] = [];
  let rest = match[1]!;
  while (rest !== "") {
    const digits = /^\d+/.exec(rest)?.[0];
    if (digits === undefined) return symbol;
    const length = Number(digits);
    const part = rest.slice(digits.length, digits.length + length);
    if (length === 0 || part.length !== length) return symbol;
    parts.push(unescapePart(part));
    rest = rest.slice(digits.length + length);
  }
  return parts.join("::");
}

function unescapePart(part: string): string {
  const text = part.startsWith("_$") ? part.slice(1) : part;
  return text
    .replace(/\$u([0-9a-f]{1,6})\$/g, (_, code: string) => {
      const point = Number.parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : "";
    })
    .replace(/\$(SP|BP|RF|LT|GT|LP|RP|C)\$/g, (_, name: string) => ESCAPES[name]!)
    .replaceAll("..", "::");
}
