import { Bytes, Params, Record } from "@smdk/assemblyscript";

// Addresses, numbers of cards and IP addresses; which one was found says the first group that is there.
const known = /([\w.+-]+@[\w-]+(?:\.[\w-]+)+)|(\b\d(?:[ -]?\d){12,18}\b)|(\b(?:\d{1,3}\.){3}\d{1,3}\b)/;
const kinds = ["email", "card", "ip"];
let names = new Array<Bytes>();
let policy = "mask";

export function init(params: Params): void {
  policy = params.oneOf("policy", ["mask", "hash", "remove"], "mask");
  const list = params.list("names");
  for (let i = 0; i < list.length; i++) {
    const name = Bytes.of(list[i]).trim().copy();
    if (name.length > 0) names.push(name);
  }
}

/** What stands in the place of something. */
function substitute(found: Bytes, kind: string): Bytes {
  if (policy == "remove") return new Bytes();
  if (policy == "hash") return Bytes.of(`<${kind}:${found.sha256().toHex().substring(0, 12)}>`);
  return Bytes.of(`<${kind}>`);
}

/** The check digit of card numbers. */
function isCard(digits: Bytes): bool {
  let sum = 0;
  let place = 0;
  for (let i = digits.length - 1; i >= 0; i--) {
    const digit = <i32>digits[i] - 48;
    if (digit < 0 || digit > 9) continue;
    const value = place % 2 == 1 ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
    place++;
  }
  return sum % 10 == 0;
}

/** Letters, digits and bytes of other alphabets: a name ends where none of them follows. */
function isLetter(text: Bytes, index: i32): bool {
  if (index < 0 || index >= text.length) return false;
  const byte = text[index];
  return byte >= 0x80 || (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a);
}

/** Where a name stands as a word of its own, from a position on; -1 if nowhere. */
function findName(text: Bytes, name: Bytes, from: i32): i32 {
  for (let at = text.indexOf(name, from); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!isLetter(text, at - 1) && !isLetter(text, at + name.length)) return at;
  }
  return -1;
}

/**
 * From left to right, once: each thing found is put out as its substitute, and the search goes on behind it. So
 * nothing is found in what a substitute says.
 */
export function map(record: Record): Bytes {
  const text = record.value;
  const out = new Array<Bytes>();
  const nextNames = new Array<i32>(names.length);
  for (let i = 0; i < names.length; i++) nextNames[i] = findName(text, names[i], 0);
  let found = known.exec(text);
  let from = 0;
  while (true) {
    let start = text.length;
    let end = text.length;
    let kind = "";
    if (found !== null) {
      start = found.index;
      end = found.end;
      kind = found[1] !== null ? kinds[0] : found[2] !== null ? kinds[1] : kinds[2];
    }
    for (let i = 0; i < names.length; i++) {
      if (nextNames[i] >= 0 && nextNames[i] < from) nextNames[i] = findName(text, names[i], from);
      const at = nextNames[i];
      const until = at + names[i].length;
      // Of two that begin at the same place the longer one.
      if (at < 0 || at > start || (at == start && until <= end)) continue;
      start = at;
      end = until;
      kind = "name";
    }
    if (kind == "") break;
    const part = text.slice(start, end);
    out.push(text.slice(from, start));
    out.push(kind == "card" && !isCard(part) ? part : substitute(part, kind));
    from = end;
    if (found !== null && found.index < from) found = known.exec(text, from);
  }
  if (out.length == 0) return text;
  out.push(text.slice(from));
  return Bytes.join(out);
}
