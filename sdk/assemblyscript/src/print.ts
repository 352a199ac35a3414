// How numbers become text and text numbers: as in TypeScript, where 5 is `5` and not `5.0`, with the fewest digits, and
// where the nearest number is read. And a few methods that the standard library lacks.

const CHANGES: readonly (readonly [from: string, to: string])[] = [
  [
    "store<u32>(buffer + (length << 1), CharCode.DOT | (CharCode._0 << 16));\n    return length + 2;",
    "return length;",
  ],
  ["store<u32>(buffer + (kk << 1), CharCode.DOT | (CharCode._0 << 16));\n    return kk + 2;", "return kk;"],
  ['if (value == 0) return "0.0";', 'if (value == 0) return "0";'],
  [
    "store<u16>(buffer, CharCode._0);\n    store<u16>(buffer, CharCode.DOT, 2);\n    store<u16>(buffer, CharCode._0,  4);\n    return 3;",
    "store<u16>(buffer, CharCode._0);\n    return 1;",
  ],
  [
    "let len = grisu2(value, buffer, sign, isSingle);",
    `let len = grisu2(value, buffer, sign, isSingle);
  // Up to 15 digits are the fewest; with more the algorithm may have missed shorter or nearer ones.
  if (!isSingle && (len - sign > 15 || value < 2.2250738585072014e-308)) {
    len = sign + __smdk_digits(buffer + (sign << 1), value);
    _K = __smdk_power();
  }`,
  ],
];

/** The standard library's `util/number` with the changes. Throws when it is not the one that they are made for. */
export function printLikeTypeScript(original: string): string {
  return CHANGES.reduce((text, [from, to]) => changed(text, from, to), original);
}

/** The standard library's `util/string`, whose way to scale a number loses digits, and far more of large ones. */
export function readLikeTypeScript(original: string): string {
  return changed(original, "copysign<f64>(scientific(", "copysign<f64>(__smdk_scientific(");
}

/** The standard library's `number` with `toFixed`. */
export function addToFixed(original: string): string {
  return ["f32", "f64"].reduce((text, type) => {
    const method = `toString(this: ${type}, radix: i32 = 0): String {`;
    const added = `toFixed(this: ${type}, digits: i32 = 0): String {\n    return __smdk_fixed(this, digits);\n  }\n\n  `;
    return changed(text, method, added + method);
  }, original);
}

/** The standard library's `map` or `set` with `forEach`. */
export function addForEach(original: string, type: "Map<K,V>" | "Set<T>"): string {
  const isMap = type === "Map<K,V>";
  const [value, key] = isMap ? ["V", "K"] : ["T", "T"];
  const method = `toString(): string {\n    return "[object ${isMap ? "Map" : "Set"}]";`;
  const added = `forEach(fn: (value: ${value}, key: ${key}, from: ${type}) => void): void {
    let values = this.values();
    let keys = this.${isMap ? "keys" : "values"}();
    for (let i = 0, n = keys.length; i < n; ++i) fn(unchecked(values[i]), unchecked(keys[i]), this);
  }

  `;
  return changed(original, method, added + method);
}

function changed(text: string, from: string, to: string): string {
  if (!text.includes(from))
    throw new Error("the standard library of the AssemblyScript compiler has changed");
  return text.replace(from, () => to);
}
