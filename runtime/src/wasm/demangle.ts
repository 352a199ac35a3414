/** Nested symbol names (`_ZN…E`: Rust's legacy form) in readable form, as backtraces show them. */

/** Names that upstream takes for C++'s abbreviations of types: functions of hand-written modules may have them. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ a: "signed char", b: "bool", c: "char", d: "double", e: "long double", f: "float", g: "__float128" },
    ...{ h: "unsigned char", i: "int", j: "unsigned int", l: "long", m: "unsigned long", n: "__int128" },
    ...{ o: "unsigned __int128", s: "short", t: "unsigned short", v: "void", w: "wchar_t", x: "long long" },
    ...{ y: "unsigned long long", z: "...", St: "std", Sa: "std::allocator", Ss: "std::string" },
    ...{ Dn: "std::nullptr_t", Di: "char32_t" },
  }),
);

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

const PREFIX = /^_?_ZN/;
const LENGTH = /\d{1,6}/y;
const PART = /^[A-Za-z_$.][\w$.]*$/;

/** `_ZN4core9panicking5panic17h…E` becomes `core::panicking::panic::h…`; other names stay as they are. */
export function demangle(symbol: string): string {
  const type = ABBREVIATIONS.get(symbol);
  if (type !== undefined) return type;
  let at = PREFIX.exec(symbol)?.[0].length ?? symbol.length;
  const parts: string[] = [];
  while (at < symbol.length) {
    // Behind the last part: anything may follow a dot.
    if (symbol[at] === "E" && parts.length > 0) {
      return at + 1 === symbol.length || symbol[at + 1] === "." ? parts.join("::") : symbol;
    }
    LENGTH.lastIndex = at;
    const digits = LENGTH.exec(symbol)?.[0];
    if (digits === undefined) return symbol;
    at += digits.length;
    const part = symbol.slice(at, at + Number(digits));
    if (part.length !== Number(digits) || !PART.test(part)) return symbol;
    parts.push(unescapePart(part));
    at += part.length;
  }
  return symbol;
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
