import { Json, Record } from "@smdk/assemblyscript";
import { scalar } from "./scalar";
import { number } from "./number";
import { byBytes } from "./order";

/** Names that have one stand on lines of their own, as long ones do. */
const lineEnd = /[\n\r\u0085\u2028\u2029]/;
let out = new Array<string>();

export function map(record: Record): string {
  out = new Array<string>();
  write(record.value.json(), 0, false);
  const text = out.join("");
  return text.endsWith("\n") ? text : text + "\n";
}

/** Writes a value that begins where the line is; lines after the first begin with that many blanks. */
function write(json: Json, indent: i32, isKey: bool): void {
  if (json.isObject) writeObject(json, indent);
  else if (json.isArray) writeArray(json, indent);
  else if (json.isString) out.push(scalar(json.text, indent, isKey));
  else out.push(json.isNumber ? number(json.raw.text) : json.raw.text);
}

function writeObject(json: Json, indent: i32): void {
  const names = json.keys();
  const values = json.values();
  // Of several members with a name the last one counts.
  const members = new Map<string, Json>();
  for (let i = 0; i < names.length; i++) members.set(names[i], values[i]);
  if (members.size == 0) {
    out.push("{}");
    return;
  }
  const sorted = members.keys();
  sorted.sort(byBytes);
  for (let i = 0; i < sorted.length; i++) {
    const name = sorted[i];
    const value = members.get(name);
    if (i > 0) newLine(indent);
    const isLong = lineEnd.test(name) || String.UTF8.byteLength(name) > 128;
    if (isLong) {
      out.push("? ");
      out.push(scalar(name, indent, false));
      newLine(indent);
      out.push(":");
    } else {
      out.push(scalar(name, indent, true));
      out.push(":");
    }
    writeMember(value, indent, isLong);
  }
}

/** Below its name a value that has lines of its own begins a new line; arrays are not moved to the right. */
function writeMember(value: Json, indent: i32, isBehindLong: bool): void {
  const isNested = (value.isObject && value.keys().length > 0) || (value.isArray && value.values().length > 0);
  if (!isNested) {
    out.push(" ");
    write(value, indent, false);
  } else if (isBehindLong) {
    out.push(" ");
    write(value, indent + 2, false);
  } else {
    const inner = value.isArray ? indent : indent + 2;
    newLine(inner);
    write(value, inner, false);
  }
}

function writeArray(json: Json, indent: i32): void {
  const values = json.values();
  if (values.length == 0) out.push("[]");
  for (let i = 0; i < values.length; i++) {
    if (i > 0) newLine(indent);
    out.push("- ");
    const isScalar = !values[i].isObject && !values[i].isArray;
    write(values[i], isScalar ? indent : indent + 2, false);
  }
}

function newLine(indent: i32): void {
  // A text that keeps its last line ends has begun the line already.
  const last = out[out.length - 1];
  out.push((last.endsWith("\n") ? "" : "\n") + " ".repeat(indent));
}
