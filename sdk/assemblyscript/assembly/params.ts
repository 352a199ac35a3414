// The parameters a SmartModule is started with.

import { Bytes } from "./bytes";
import { Json } from "./json";

/** Characters of a value that a message shows. */
// @ts-ignore: decorator
@inline const SHOWN: i32 = 100;

export class Params {
  private values: Map<string, string> = new Map();

  /** For the library. */
  @unsafe add(name: string, value: string): void {
    this.values.set(name, value);
  }

  get size(): i32 {
    return this.values.size;
  }

  names(): string[] {
    return this.values.keys();
  }

  has(name: string): bool {
    return this.values.has(name);
  }

  get(name: string): string | null {
    return this.values.has(name) ? this.values.get(name) : null;
  }

  required(name: string): string {
    if (!this.values.has(name)) throw new Error("Missing param " + name);
    return this.values.get(name);
  }

  optional(name: string, otherwise: string = ""): string {
    return this.values.has(name) ? this.values.get(name) : otherwise;
  }

  int(name: string, otherwise: i64 = 0, least: i64 = i64.MIN_VALUE, most: i64 = i64.MAX_VALUE): i64 {
    return this.values.has(name) ? this.requiredInt(name, least, most) : otherwise;
  }

  requiredInt(name: string, least: i64 = i64.MIN_VALUE, most: i64 = i64.MAX_VALUE): i64 {
    let text = this.required(name);
    let fits = isInteger(text);
    let value = fits ? Bytes.of<string>(text).toInt() : 0;
    if (!fits || value < least || value > most) {
      let from = least > i64.MIN_VALUE ? " from " + least.toString() : "";
      let to = most < i64.MAX_VALUE ? (from.length ? " to " : " up to ") + most.toString() : "";
      throw wrong(name, "an integer" + from + to, text);
    }
    return value;
  }

  float(name: string, otherwise: f64 = 0): f64 {
    return this.values.has(name) ? this.requiredFloat(name) : otherwise;
  }

  requiredFloat(name: string): f64 {
    let text = this.required(name);
    if (!isNumber(text)) throw wrong(name, "a number", text);
    return Bytes.of<string>(text).toFloat();
  }

  bool(name: string, otherwise: bool = false): bool {
    return this.values.has(name) ? this.requiredBool(name) : otherwise;
  }

  requiredBool(name: string): bool {
    let text = this.required(name);
    if (text == "true") return true;
    if (text != "false") throw wrong(name, "true or false", text);
    return false;
  }

  oneOf(name: string, choices: string[], otherwise: string = ""): string {
    return this.values.has(name) ? this.requiredOneOf(name, choices) : otherwise;
  }

  requiredOneOf(name: string, choices: string[]): string {
    let text = this.required(name);
    if (!choices.includes(text)) throw wrong(name, "one of " + choices.join(", "), text);
    return text;
  }

  list(name: string, separator: string = ","): string[] {
    let list = new Array<string>();
    let parts = this.optional(name).split(separator);
    for (let i = 0; i < parts.length; ++i) {
      let part = parts[i].trim();
      if (part.length) list.push(part);
    }
    return list;
  }

  duration(name: string, otherwise: i64 = 0): i64 {
    return this.values.has(name) ? this.requiredDuration(name) : otherwise;
  }

  requiredDuration(name: string): i64 {
    let text = this.required(name);
    let milliseconds = durationOf(text);
    if (milliseconds < 0) throw wrong(name, "a time such as 500ms, 90s, 15m, 1h30m or 7d", text);
    return milliseconds;
  }

  json(name: string): Json {
    let text = this.required(name);
    let json = Json.tryParse<string>(text);
    if (json === null) throw wrong(name, "JSON", text);
    return json;
  }
}

function wrong(name: string, wanted: string, text: string): Error {
  let shown = text.length > SHOWN ? text.substring(0, SHOWN) + "…" : text;
  return new Error("Param " + name + ": must be " + wanted + ", not \"" + shown + "\"");
}

// @ts-ignore: decorator
@inline function isDigit(text: string, at: i32): bool {
  return at < text.length && <u32>(text.charCodeAt(at) - 0x30) < 10;
}

function digits(text: string, at: i32): i32 {
  while (isDigit(text, at)) ++at;
  return at;
}

/** Where the first digit may be. */
function afterSign(text: string): i32 {
  return text.startsWith("-") || text.startsWith("+") ? 1 : 0;
}

/** Whether these are digits, with a sign or without, of a number of 64 bits. */
function isInteger(text: string): bool {
  let start = afterSign(text);
  if (!isDigit(text, start) || digits(text, start) != text.length) return false;
  while (start < text.length - 1 && text.charCodeAt(start) == 0x30) ++start;
  let size = text.length - start;
  let most = text.startsWith("-") ? "9223372036854775808" : "9223372036854775807";
  return size < 19 || (size == 19 && text.substring(start) <= most);
}

function isNumber(text: string): bool {
  let start = afterSign(text);
  let at = digits(text, start);
  let count = at - start;
  if (at < text.length && text.charCodeAt(at) == 0x2e) {
    let end = digits(text, at + 1);
    count += end - at - 1;
    at = end;
  }
  if (!count) return false;
  if (at < text.length && (text.charCodeAt(at) | 0x20) == 0x65) {
    ++at;
    if (at < text.length && (text.charCodeAt(at) == 0x2b || text.charCodeAt(at) == 0x2d)) ++at;
    if (!isDigit(text, at)) return false;
    at = digits(text, at);
  }
  return at == text.length;
}

/** Milliseconds, or -1. */
function durationOf(text: string): i64 {
  let total: i64 = 0;
  let at = 0;
  do {
    let end = digits(text, at);
    // As many digits cannot overflow, whatever the unit.
    if (end == at || end - at > 9) return -1;
    let value = I64.parseInt(text.substring(at, end));
    at = end;
    let unit: i64 = 1;
    if (text.startsWith("ms", at)) ++at;
    else if (text.startsWith("s", at)) unit = 1000;
    else if (text.startsWith("m", at)) unit = 60000;
    else if (text.startsWith("h", at)) unit = 3600000;
    else if (text.startsWith("d", at)) unit = 86400000;
    else return -1;
    ++at;
    total += value * unit;
  } while (at < text.length);
  return total;
}
