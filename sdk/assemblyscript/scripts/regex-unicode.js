// Writes assembly/regex/unicode.ts from what this Node.js knows of Unicode: `node scripts/regex-unicode.js`.
import { writeFileSync } from "node:fs";

const CATEGORIES =
  "Lu,Ll,Lt,Lm,Lo,Mn,Mc,Me,Nd,Nl,No,Pc,Pd,Ps,Pe,Pi,Pf,Po,Sm,Sc,Sk,So,Zs,Zl,Zp,Cc,Cf,Cs,Co,Cn".split(",");
const patterns = CATEGORIES.map((name) => new RegExp(`^\\p{${name}}$`, "u"));
/** Stands for an alternation of upper and lower case. */
const ALTERNATING = 31;

/** Length and category of each run of code points. */
const runs = [];
for (let point = 0; point <= 0x10ffff; point++) {
  const text = String.fromCodePoint(point);
  const category = patterns.findIndex((pattern) => pattern.test(text));
  const last = runs.at(-1);
  if (last?.[1] === category) last[0]++;
  else runs.push([1, category]);
}
const bytes = [];
for (let i = 0; i < runs.length; ) {
  let end = i;
  while (runs[end]?.[0] === 1 && runs[end][1] === (end - i) % 2) end++;
  const [length, category] = end - i >= 4 ? [end - i, ALTERNATING] : runs[i];
  i = end - i >= 4 ? end : i + 1;
  let rest = length;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest, category);
}

/** What is compared in place of a character when case does not matter, without the flag u. */
function canonical(point) {
  const upper = String.fromCharCode(point).toUpperCase();
  const unit = upper.charCodeAt(0);
  return upper.length === 1 && (unit > 0x7f || point <= 0x7f) ? unit : point;
}

const families = new Map();
for (let point = 0; point <= 0xffff; point++) {
  const form = canonical(point);
  families.set(form, [...(families.get(form) ?? []), point]);
}
/** How far each character's next form is. */
const steps = new Map();
for (const family of families.values()) {
  if (family.length === 1) continue;
  for (const [i, point] of family.entries()) {
    steps.set(point, (family[(i + 1) % family.length] - point) & 0xffff);
  }
}
const folds = [];
const left = new Map([...steps].sort(([a], [b]) => a - b));
for (const [first, step] of left) {
  let [count, stride] = [1, 1];
  for (const apart of [1, 2]) {
    let n = 0;
    while (left.get(first + n * apart) === step) n++;
    if (n > count) [count, stride] = [n, apart];
  }
  for (let i = 0; i < count; i++) left.delete(first + i * stride);
  folds.push(first, count, stride, step);
}

function wrapped(numbers) {
  const lines = [" "];
  for (const number of numbers) {
    if (`${lines.at(-1)} ${number},`.length > 118) lines.push(" ");
    lines[lines.length - 1] += ` ${number},`;
  }
  return lines.join("\n");
}

const text = `// What regular expressions know of Unicode ${process.versions.unicode}. Made by scripts/regex-unicode.js, not by hand.

/** General categories of all code points: runs of a length in base 128, lowest digits first, and a category. */
// @ts-ignore: decorator
@lazy export const CATEGORIES = memory.data<u8>([
${wrapped(bytes)}
]);
// @ts-ignore: decorator
@inline export const CATEGORIES_SIZE: usize = ${bytes.length};

/** Characters that differ only in case: the first of a run, how many, how far apart, and how far the next form is. */
// @ts-ignore: decorator
@lazy export const FOLDS = memory.data<u16>([
${wrapped(folds)}
]);
// @ts-ignore: decorator
@inline export const FOLD_COUNT: i32 = ${folds.length / 4};
`;
writeFileSync(new URL("../assembly/regex/unicode.ts", import.meta.url), text);
