// How numbers become text: as in TypeScript, where 5 is `5` and not `5.0`.

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
];

/** The standard library's `util/number` with the changes. Throws when it is not the one that they are made for. */
export function printLikeTypeScript(original: string): string {
  let text = original;
  for (const [from, to] of CHANGES) {
    if (!text.includes(from)) throw new Error("util/number of the AssemblyScript compiler has changed");
    text = text.replace(from, () => to);
  }
  return text;
}
