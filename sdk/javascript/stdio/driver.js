// What a SmartModule in Javy's engine runs for every batch: it reads the records from standard input, calls the
// user's function for each, and answers on standard output. It is a module that runs once, when the SmartModule is
// built, before the user's program; PRELUDE stands for the helpers that our own engine uses too.
const prelude = PRELUDE;

if (typeof globalThis.Javy?.IO?.readSync !== "function") throw new Error("this plugin has no Javy.IO");
const { readSync, writeSync } = globalThis.Javy.IO;
const plainParse = JSON.parse;
const plainStringify = JSON.stringify;
const { includes, indexOf, startsWith } = String.prototype;
const isView = ArrayBuffer.isView;

// ---- text ----

const encodeText = (() => {
  if (typeof globalThis.TextEncoder !== "function") return encodeByHand;
  const encoder = new globalThis.TextEncoder();
  return (text) => encoder.encode(text.isWellFormed() ? text : text.toWellFormed());
})();

function encodeByHand(text) {
  const bytes = [];
  for (const char of text) {
    let code = char.codePointAt(0);
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else
      bytes.push(
        0xf0 | (code >> 18),
        0x80 | ((code >> 12) & 63),
        0x80 | ((code >> 6) & 63),
        0x80 | (code & 63),
      );
  }
  return Uint8Array.from(bytes);
}

const decodeText = (() => {
  if (typeof globalThis.TextDecoder !== "function") return decodeByHand;
  const decoder = new globalThis.TextDecoder("utf-8", { ignoreBOM: true });
  const works = decoder.decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0xe2, 0x82, 0x41)) === "\ufeff\ufffdA";
  return works ? (bytes) => decoder.decode(bytes) : decodeByHand;
})();

/** Length of the character at a place; below 0 how many bytes one U+FFFD stands for. */
function characterAt(bytes, at) {
  const first = bytes[at];
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return -1;
  const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
  let least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  let most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let i = 1; i <= more; i++) {
    const next = bytes[at + i];
    if (next === undefined || next < least || next > most) return -i;
    least = 0x80;
    most = 0xbf;
  }
  return more + 1;
}

function decodeByHand(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; ) {
    const step = characterAt(bytes, at);
    if (step < 0) {
      text += "\ufffd";
      at -= step;
    } else {
      let code = step === 1 ? bytes[at] : bytes[at] & (0x7f >> step);
      for (let i = 1; i < step; i++) code = (code << 6) | (bytes[at + i] & 63);
      text += String.fromCodePoint(code);
      at += step;
    }
  }
  return text;
}

// ---- messages ----

function readAll(target) {
  let at = 0;
  while (at < target.length) {
    const read = readSync(0, at === 0 ? target : target.subarray(at));
    if (read <= 0) throw new Error("a message of the host ends too early");
    at += read;
  }
  return target;
}

function writeAll(fd, bytes) {
  let rest = bytes;
  while (rest.length > 0) {
    const written = writeSync(fd, rest);
    if (written <= 0) throw new Error("the host takes no answer");
    rest = rest.subarray(written);
  }
}

const MAGIC = [0xff, 0x53, 0x4d, 0x44, 0x4b, 0xfe, 0x01, 0xff];
const RESULT = 0;
const RANDOM = 1;

const letter = new Uint8Array(16);
letter.set(MAGIC);
const letterWords = new Uint32Array(letter.buffer);

function announce(what, length) {
  letterWords[2] = what;
  letterWords[3] = length;
  writeAll(1, letter);
}

const chance = new Uint8Array(256);
let chanceLeft = 0;

function nextByte() {
  if (chanceLeft === 0) {
    announce(RANDOM, 0);
    readAll(chance);
    chanceLeft = chance.length;
  }
  return chance[--chanceLeft];
}

// ---- what our own engine has natively ----

const MOST_DEPTH = 1000;

function isTooDeep(text) {
  if (text.length <= MOST_DEPTH) return false;
  let depth = 0;
  const marks = /["[\]{}]/g;
  for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
    const mark = match[0];
    if (mark === '"') {
      const end = stringEnd(text, match.index + 1);
      if (end < 0) return false;
      marks.lastIndex = end + 1;
    } else if (mark === "[" || mark === "{") {
      if (++depth > MOST_DEPTH) return true;
    } else {
      depth--;
    }
  }
  return false;
}

/** Position of the quote that ends a string. */
function stringEnd(text, from) {
  for (let at = from; ; ) {
    const end = text.indexOf('"', at);
    if (end < 0) return -1;
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 92 && end - 1 - slashes >= from) slashes++;
    if (slashes % 2 === 0) return end;
    at = end + 1;
  }
}

const K = [];
for (let n = 2; K.length < 64; n++) {
  let isPrime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) isPrime = false;
  if (!isPrime) continue;
  const cube = BigInt(n) << 96n;
  let root = 0n;
  for (let bit = 1n << 35n; bit > 0n; bit >>= 1n) if ((root | bit) ** 3n <= cube) root |= bit;
  K.push(Number(root & 0xffffffffn));
}

function sha256(bytes) {
  const h = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
  const padded = new Uint8Array(((bytes.length + 72) >> 6) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, (bytes.length << 3) >>> 0);
  const w = new Int32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [a, b] = [w[i - 15], w[i - 2]];
      w[i] =
        (w[i - 16] +
          (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) +
          w[i - 7] +
          (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) |
        0;
    }
    let [a, b, c, d, e, f, g, last] = h;
    for (let i = 0; i < 64; i++) {
      const one = (last + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [last, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [i, part] of [a, b, c, d, e, f, g, last].entries()) h[i] = (h[i] + part) | 0;
  }
  const result = new DataView(new ArrayBuffer(32));
  for (const [i, part] of h.entries()) result.setInt32(4 * i, part);
  return new Uint8Array(result.buffer);
}

const native = {
  includes,
  indexOf,
  startsWith,
  jsonParse: {
    parse(text, reviver) {
      const source = String(text);
      if (isTooDeep(source)) helpers.fail(4);
      return plainParse(source, reviver);
    },
  }.parse,
  stringify: plainStringify,
  random: () => {
    let value = 0;
    for (let i = 0; i < 6; i++) value = value * 256 + nextByte();
    return (value * 32 + (nextByte() & 31)) / 2 ** 53;
  },
  fillRandom: (target) => {
    const bytes = isView(target)
      ? new Uint8Array(target.buffer, target.byteOffset, target.byteLength)
      : target;
    for (let i = 0; i < bytes.length; i++) bytes[i] = nextByte();
    return target;
  },
  encode: encodeText,
  decode: decodeText,
  isUtf8: (bytes) => {
    for (let at = 0; at < bytes.length; ) {
      const step = characterAt(bytes, at);
      if (step < 0) return false;
      at += step;
    }
    return true;
  },
  sha256,
  isValue: (value) => value instanceof Value,
  write: (fd, text) => writeAll(fd, encodeText(text)),
};

// Parts of the language that Javy's engine may lack.
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const missing = {
  // Nothing is ever collected as long as somebody refers to it; that is allowed, and all that can be done.
  WeakRef: class {
    #target;
    constructor(target) {
      this.#target = target;
    }
    deref() {
      return this.#target;
    }
  },
  FinalizationRegistry: class {
    register() {}
    unregister() {
      return false;
    }
  },
  queueMicrotask: (job) => void Promise.resolve().then(() => job()),
  btoa: (text) => {
    let result = "";
    const codes = Array.from({ length: String(text).length }, (_, i) => String(text).charCodeAt(i));
    if (codes.some((code) => code > 255)) throw new Error("btoa takes text of one byte for each character");
    for (let i = 0; i < codes.length; i += 3) {
      const word = (codes[i] << 16) | ((codes[i + 1] ?? 0) << 8) | (codes[i + 2] ?? 0);
      for (let k = 0; k < 4; k++) result += i + k > codes.length ? "=" : DIGITS[(word >> (18 - 6 * k)) & 63];
    }
    return result;
  },
  atob: (text) => {
    const digits = String(text)
      .replace(/[\t\n\f\r ]/g, "")
      .replace(/==?$/, "");
    if (digits.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(digits)) throw new Error("atob takes base64");
    let result = "";
    let word = 0;
    let bits = 0;
    for (const digit of digits) {
      word = ((word << 6) | DIGITS.indexOf(digit)) & 0xffffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        result += String.fromCharCode((word >> bits) & 255);
      }
    }
    return result;
  },
};
for (const [name, value] of Object.entries(missing)) {
  if (!(name in globalThis))
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

const helpers = prelude(native);
const options = plainParse(
  decodeText(
    (() => {
      let bytes = new Uint8Array(1 << 16);
      let size = 0;
      for (;;) {
        const read = readSync(0, bytes.subarray(size));
        if (read <= 0) return bytes.subarray(0, size);
        size += read;
        if (size < bytes.length) continue;
        const next = new Uint8Array(size * 2);
        next.set(bytes);
        bytes = next;
      }
    })(),
  ),
);
helpers.setLines(options.lines, options.files.join("\n"));

// ---- records ----

const same = (a, b) => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};

function search(bytes, part, from) {
  if (part.length === 0) return from <= bytes.length ? from : -1;
  const last = bytes.length - part.length;
  for (let at = bytes.indexOf(part[0], from); at >= 0 && at <= last; at = bytes.indexOf(part[0], at + 1)) {
    let i = 1;
    while (i < part.length && bytes[at + i] === part[i]) i++;
    if (i === part.length) return at;
  }
  return -1;
}

function needleOf(part) {
  if (typeof part === "string") return encodeText(part);
  if (part instanceof Uint8Array) return part;
  if (native.isValue(part)) return Value.view(part);
  return helpers.fail(6);
}

const skipSpace = (text, at) => {
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) break;
    at++;
  }
  return at;
};

/** Passes over a JSON value without checking its inside; -1 when it does not end. */
function skipValue(text, at) {
  const code = text.charCodeAt(at);
  if (code === 34) {
    const end = stringEnd(text, at + 1);
    return end < 0 ? -1 : end + 1;
  }
  if (code === 123 || code === 91) {
    let depth = 0;
    const marks = /["[\]{}]/g;
    marks.lastIndex = at;
    for (let match = marks.exec(text); match !== null; match = marks.exec(text)) {
      const mark = match[0];
      if (mark === '"') {
        const end = stringEnd(text, match.index + 1);
        if (end < 0) return -1;
        marks.lastIndex = end + 1;
      } else if (mark === "{" || mark === "[") {
        depth++;
      } else if (--depth === 0) {
        return match.index + 1;
      }
    }
    return -1;
  }
  const stops = /[,\]}\s]/g;
  stops.lastIndex = at;
  const end = stops.exec(text)?.index ?? text.length;
  return end === at ? -1 : end;
}

/** Steps from a value into one of its members; -1 when it has none of that name. */
function member(text, from, name) {
  const code = text.charCodeAt(from);
  if (code !== 123 && code !== 91) return -1;
  if (code === 91 && !/^\d{1,9}$/.test(name)) return -1;
  let left = code === 91 ? Number(name) : 0;
  let at = skipSpace(text, from + 1);
  while (at < text.length) {
    let isIt = false;
    if (code === 123) {
      if (text.charCodeAt(at) !== 34) return -1;
      const end = stringEnd(text, at + 1);
      if (end < 0) return -1;
      const key = text.slice(at + 1, end);
      isIt = key === name || (key.includes("\\") && readKey(text.slice(at, end + 1)) === name);
      at = skipSpace(text, end + 1);
      if (text.charCodeAt(at) !== 58) return -1;
      at = skipSpace(text, at + 1);
    } else {
      if (text.charCodeAt(at) === 93) return -1;
      isIt = left-- === 0;
    }
    if (isIt) return at;
    at = skipValue(text, at);
    if (at < 0) return -1;
    at = skipSpace(text, at);
    if (text.charCodeAt(at) !== 44) return -1;
    at = skipSpace(text, at + 1);
  }
  return -1;
}

function readKey(text) {
  try {
    return plainParse(text);
  } catch {
    return undefined;
  }
}

// Objects are made for every record, so they have few members, and none that a class would have to initialise.
const BATCH = Symbol("batch");
/** Where the batch's table has the position of its bytes; their number comes behind. */
const WORD = Symbol("word");
const OWN = Symbol("value");

class Value {
  static view(value) {
    const batch = value[BATCH];
    const from = batch.base + batch.words[value[WORD]];
    return batch.bytes.subarray(from, from + batch.words[value[WORD] + 1]);
  }
  /** A number that the table has for the value's record: its offset, and behind it its timestamp. */
  static number(value, index) {
    return value[BATCH].floats[((value[WORD] - 4) >> 3) * 4 + 2 + index];
  }
  constructor(batch, word) {
    this[BATCH] = batch;
    this[WORD] = word;
  }
  get text() {
    const batch = this[BATCH];
    const word = this[WORD];
    if (batch.textWord !== word) {
      if (batch.isAscii) {
        batch.text ??= decodeText(batch.bytes.subarray(batch.base));
        const from = batch.words[word];
        batch.lastText = batch.text.substring(from, from + batch.words[word + 1]);
      } else {
        batch.lastText = decodeText(Value.view(this));
      }
      batch.textWord = word;
    }
    return batch.lastText;
  }
  get bytes() {
    return Value.view(this).slice();
  }
  get length() {
    return this[BATCH].words[this[WORD] + 1];
  }
  toString() {
    return this.text;
  }
  toJSON() {
    return this.text;
  }
  json() {
    return native.jsonParse(this.text);
  }
  field(path) {
    const { text } = this;
    let at = skipSpace(text, 0);
    const names = typeof path === "string" ? path.split(".") : Array.isArray(path) ? path : [];
    if (typeof path !== "string" && !Array.isArray(path)) return undefined;
    for (const name of names) {
      at = member(text, at, String(name));
      if (at < 0) return undefined;
    }
    const end = skipValue(text, at);
    return end < 0 ? undefined : native.jsonParse(text.slice(at, end));
  }
  includes(part) {
    // Of bytes below 128, positions in the text are those in the bytes.
    if (typeof part === "string" && this[BATCH].isAscii) return includes.call(this.text, part);
    return search(Value.view(this), needleOf(part), 0) >= 0;
  }
  indexOf(part, from = 0) {
    const start = Math.min(Math.max(Math.trunc(Number(from)) || 0, 0), this.length);
    if (typeof part === "string" && this[BATCH].isAscii) return indexOf.call(this.text, part, start);
    return search(Value.view(this), needleOf(part), start);
  }
  startsWith(part) {
    if (typeof part === "string" && this[BATCH].isAscii) return startsWith.call(this.text, part);
    const needle = needleOf(part);
    return same(Value.view(this).subarray(0, needle.length), needle);
  }
  endsWith(part) {
    const needle = needleOf(part);
    const { length } = this;
    return needle.length <= length && same(Value.view(this).subarray(length - needle.length), needle);
  }
  equals(other) {
    return same(Value.view(this), needleOf(other));
  }
  toInt() {
    const text = this.text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, "");
    const match = /^([+-]?)(\d+)$/.exec(text);
    if (match === null || match[2].replace(/^0+/, "").length > 16) return helpers.fail(9);
    const value = Number(match[2]);
    return match[1] === "-" && value !== 0 ? -value : value;
  }
  toFloat() {
    const text = this.text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, "");
    const value = /^[+-]?[\d.eE+-]+$/.test(text) ? Number(text) : Number.NaN;
    return Number.isNaN(value) ? helpers.fail(10) : value;
  }
}

class Record {
  constructor(key, value) {
    this.key = key;
    this.value = value;
    this[OWN] = value;
  }
  static is(object) {
    return OWN in object;
  }
  get offset() {
    return Value.number(this[OWN], 0);
  }
  get timestamp() {
    return Value.number(this[OWN], 1);
  }
}

// ---- answers ----

const KEEP = 1;
const KEEP_KEY = 2;
const NO_KEY = 3;
const NEW_KEY = 4;
const FRESH = 16;
const LAST = 256;
const MOST_BYTES = 0x1fffffff;

let ops = new Int32Array(3 * 1024);
let opsSize = 0;
let content = new Uint8Array(1 << 16);
let contentSize = 0;

function reserve(more) {
  if (contentSize + more <= content.length) return;
  const next = new Uint8Array(Math.max(content.length * 2, contentSize + more));
  next.set(content.subarray(0, contentSize));
  content = next;
}

function growOps() {
  const next = new Int32Array(ops.length * 2);
  next.set(ops);
  ops = next;
}

/** Notes what becomes of a record without a new value. */
function putOp(op) {
  if (opsSize + 3 > ops.length) growOps();
  ops[opsSize] = op;
  ops[opsSize + 1] = 0;
  ops[opsSize + 2] = 0;
  opsSize += 3;
}

function put(op, key, value) {
  if (opsSize + 3 > ops.length) growOps();
  const keySize = key === null ? 0 : key.length;
  const valueSize = value === null ? 0 : value.length;
  ops[opsSize++] = op;
  ops[opsSize++] = keySize;
  ops[opsSize++] = valueSize;
  reserve(keySize + valueSize);
  if (keySize > 0) content.set(key, contentSize);
  if (valueSize > 0) content.set(value, contentSize + keySize);
  contentSize += keySize + valueSize;
}

/** Bytes that a value is put out as. */
function bytesOf(value) {
  let bytes;
  if (typeof value === "string") bytes = encodeText(value);
  else if (typeof value === "object" && value instanceof Uint8Array) bytes = value;
  else if (native.isValue(value)) bytes = Value.view(value);
  else {
    const encoded = helpers.encode(value);
    bytes = typeof encoded === "string" ? encodeText(encoded) : encoded;
  }
  if (bytes.length > MOST_BYTES) helpers.fail(7);
  return bytes;
}

function isPair(object) {
  if (Record.is(object)) return true;
  if (object.value === undefined || Array.isArray(object)) return false;
  return (
    "value" in object &&
    Object.hasOwn(object, "value") &&
    Object.keys(object).every((name) => name === "key" || name === "value")
  );
}

/** Puts out a result; `fresh` is FRESH for the records of arrayMap. */
function putResult(value, fresh) {
  if (typeof value === "object" && value !== null && !isView(value) && !native.isValue(value)) {
    if (value === current && fresh === 0) {
      put(KEEP, null, null);
      return;
    }
    if (!(value instanceof ArrayBuffer) && isPair(value)) {
      const { key } = value;
      let op = fresh === 0 ? KEEP_KEY : NO_KEY;
      let keyBytes = null;
      if (key === null) {
        op = NO_KEY;
      } else if (key !== undefined) {
        op = NEW_KEY;
        keyBytes = bytesOf(key);
      }
      const inner = value.value;
      if (inner === null || inner === undefined) helpers.fail(3);
      put(op | fresh, keyBytes, bytesOf(inner));
      return;
    }
  }
  if (value === null || value === undefined) helpers.fail(1);
  put((fresh === 0 ? KEEP_KEY : NO_KEY) | fresh, null, bytesOf(value));
}

function answer(failed, hint) {
  const opCount = opsSize / 3;
  const head = new Int32Array(4 + opsSize);
  head[0] = opCount;
  head[1] = failed ? 1 : 0;
  head[2] = hint.length;
  head.set(ops.subarray(0, opsSize), 4);
  announce(RESULT, head.byteLength + contentSize + hint.length);
  writeAll(1, new Uint8Array(head.buffer));
  writeAll(1, content.subarray(0, contentSize));
  writeAll(1, hint);
  opsSize = contentSize = 0;
  if (content.length > 1 << 22) content = new Uint8Array(1 << 16);
  records = null;
  current = null;
}

function fail(error) {
  generation++;
  isWaiting = false;
  // What the failed record has put out is taken back.
  opsSize = opsBefore;
  contentSize = contentBefore;
  let hint;
  try {
    hint = helpers.describe(error);
  } catch {
    hint = "the SmartModule failed, and so did the description of its error";
  }
  answer(true, encodeText(String(hint)).subarray(0, 40000));
}

// ---- standard streams of the user's program ----

/** What is read; null stands for the value of the current record. */
let stdin = new Uint8Array(0);
let stdinAt = 0;
let stdout = null;

function takeStdout() {
  const pieces = stdout ?? [];
  stdout = null;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function checkBytes(data) {
  if (!(data instanceof Uint8Array)) throw new TypeError("Data needs to be an Uint8Array");
}

let isBuilding = true;
globalThis.Javy.IO = {
  readSync(fd, data) {
    checkBytes(data);
    if (fd !== 0) throw new Error(`Unsupported file descriptor: ${fd}. Only stdin(0) is supported`);
    stdin ??= Value.view(current.value);
    const size = Math.min(data.length, stdin.length - stdinAt);
    data.set(stdin.subarray(stdinAt, stdinAt + size));
    stdinAt += size;
    return size;
  },
  writeSync(fd, data) {
    checkBytes(data);
    if (fd !== 1 && fd !== 2)
      throw new Error(`Unsupported file descriptor: ${fd}. Only stdout(1) and stderr(2) are supported`);
    if (fd === 2 || isBuilding) writeAll(fd, data);
    else {
      stdout ??= [];
      stdout.push(data.slice());
    }
    return data.length;
  },
};

// ---- batches ----

const FILTER = 0;
const MAP = 1;
const ARRAY_MAP = 2;
const AGGREGATE = 3;
const FILTER_MAP = 4;
const INIT = 5;
const LOOK_BACK = 6;
const STUCK = 7;
/** Flag of a message: keys and values have no byte above 127. */
const ASCII = 256;

let functions = null;
let records = null;
let current = null;
let kind = 0;
let at = 0;
let state;
let isWaiting = false;
let opsBefore = 0;
let contentBefore = 0;
/** Counts calls: what an earlier one has left waiting must not go on. */
let generation = 0;

const header = new Uint8Array(8);
const headerWords = new Int32Array(header.buffer);

function readMessage() {
  readAll(header);
  const [size, what] = headerWords;
  // A whole number of words, for the views of the table.
  return { what, body: readAll(new Uint8Array(new ArrayBuffer((size + 7) & ~7), 0, size)) };
}

/** Called by the host for every message. */
function run() {
  try {
    const { what, body } = readMessage();
    if (what === STUCK) {
      if (isWaiting) return fail(failure(0));
      return fail(new Error("Javy's engine gave up"));
    }
    generation++;
    opsSize = contentSize = opsBefore = contentBefore = 0;
    if (what === INIT) return start(body);
    kind = what & 255;
    const words = new Int32Array(body.buffer);
    records = {
      count: words[0],
      words,
      floats: new Float64Array(body.buffer),
      bytes: body,
      base: words[3],
      isAscii: (what & ASCII) !== 0,
      // Of all, and of the value that was asked last.
      text: undefined,
      textWord: -1,
      lastText: "",
    };
    at = 0;
    if (kind === AGGREGATE && !functions.isProgram) {
      const accumulator = body.subarray(words[1], words[1] + words[2]);
      try {
        if (records.count > 0) state = readState(accumulator);
      } catch (error) {
        return fail(error);
      }
    } else if (kind === AGGREGATE) {
      state = body.slice(words[1], words[1] + words[2]);
    }
    go();
  } catch (error) {
    fail(error);
  }
}

function failure(code) {
  try {
    return helpers.fail(code);
  } catch (error) {
    return error;
  }
}

function readState(accumulator) {
  if (functions.stateMode === 2) return accumulator.slice();
  const text = decodeText(accumulator);
  return functions.stateMode === 0 ? text : functions.decodeState(text);
}

function start(body) {
  const words = new DataView(body.buffer);
  const list = [];
  let p = 4;
  for (let left = words.getUint32(0, true); left > 0; left--) {
    const size = words.getUint32(p, true);
    list.push(decodeText(body.subarray(p + 4, p + 4 + size)));
    p += 4 + size;
  }
  const result = functions.init === undefined ? undefined : functions.init(list);
  if (result instanceof Promise) {
    wait(result, () => answer(false, NOTHING));
    return;
  }
  answer(false, NOTHING);
}

const NOTHING = new Uint8Array(0);

function wait(promise, then) {
  const mine = generation;
  isWaiting = true;
  promise.then(
    (value) => {
      if (generation !== mine) return;
      isWaiting = false;
      try {
        then(value);
      } catch (error) {
        fail(error);
      }
    },
    (error) => {
      if (generation === mine) fail(error);
    },
  );
}

/** Goes on with the records until one has to be waited for. */
function go() {
  const batch = records;
  const { words, count } = batch;
  const isPlain = kind === FILTER && !functions.isProgram;
  for (; at < count; at++) {
    const word = 4 + 8 * at;
    const keyAt = words[word + 4];
    const value = new Value(batch, word + 6);
    current = new Record(keyAt < 0 ? null : new Value(batch, word + 4), value);
    opsBefore = opsSize;
    contentBefore = contentSize;
    stdin = functions.isProgram && kind === AGGREGATE ? joinLine(state, Value.view(value)) : null;
    stdinAt = 0;
    stdout = null;
    let result;
    try {
      if (kind === LOOK_BACK) result = functions.lookBack(current);
      else result = kind === AGGREGATE ? functions.transform(state, current) : functions.transform(current);
      if (typeof result === "object" && result instanceof Promise) {
        wait(result, (settled) => {
          accept(settled);
          at++;
          go();
        });
        return;
      }
      if (isPlain && stdout === null) putOp(result ? KEEP | LAST : LAST);
      else accept(result);
    } catch (error) {
      fail(error);
      return;
    }
  }
  answer(false, NOTHING);
}

function joinLine(first, second) {
  const joined = new Uint8Array(first.length + 1 + second.length);
  joined.set(first);
  joined[first.length] = 10;
  joined.set(second, first.length + 1);
  return joined;
}

/** Notes what a record becomes. */
function accept(returned) {
  let result = returned;
  if (
    functions.isProgram ||
    (result === undefined && stdout !== null && kind !== FILTER && kind !== LOOK_BACK)
  ) {
    result = readOutput(takeStdout());
  } else if (stdout !== null) {
    writeAll(1, takeStdout());
  }
  const before = opsSize;
  if (kind === FILTER) {
    if (result) put(KEEP, null, null);
  } else if (kind === FILTER_MAP) {
    if (result !== null && result !== undefined) putResult(result, 0);
  } else if (kind === ARRAY_MAP) {
    if (typeof result !== "object" || result === null) helpers.fail(2);
    for (const element of Array.isArray(result) ? result : helpers.list(result)) putResult(element, FRESH);
  } else if (kind === AGGREGATE) {
    if (result === null || result === undefined) helpers.fail(1);
    put(KEEP_KEY, null, bytesOf(result));
    state = result;
  } else if (kind === MAP) {
    putResult(result, 0);
  }
  if (opsSize === before) put(0, null, null);
  ops[opsSize - 3] |= LAST;
}

/** What standard output says, by kind, as `smdk adapt` reads it. */
function readOutput(bytes) {
  if (kind === FILTER) {
    const text = decodeText(bytes).trim();
    return text !== "" && text !== "false";
  }
  if (kind === FILTER_MAP) return bytes.length === 0 ? null : bytes;
  if (kind === ARRAY_MAP) {
    const lines = decodeText(bytes).split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines;
  }
  if (kind === AGGREGATE) {
    let size = bytes.length;
    if (bytes[size - 1] === 10) size -= bytes[size - 2] === 13 ? 2 : 1;
    return bytes.subarray(0, size);
  }
  return bytes;
}

// ---- while the SmartModule is built ----

const hide = (name, value) =>
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });

let exported = {};
let thrown = null;
let main = null;

hide("__smdk_entry", (entry) => {
  exported = entry;
});
hide("__smdk_failed", (error) => {
  thrown = { error };
});
hide("__smdk_main", (program) => {
  main = program;
});
hide("__smdk_run", run);
hide("__smdk_call", () => run.call());
hide("__smdk_finish", () => {
  const about = {};
  try {
    if (thrown !== null) {
      const { error } = thrown;
      const isError = error instanceof Error;
      about.error = {
        name: isError ? String(error.name) : "Error",
        message: isError ? String(error.message) : `uncaught ${helpers.describe(error)}`,
        stack: isError ? String(error.stack) : "",
      };
    } else if (main !== null) {
      functions = { isProgram: true, transform: () => void main() };
      about.kind = options.programKind;
    } else {
      const found = helpers.setup(exported);
      if (found.problem !== undefined) {
        about.problem = found.problem;
        about.hint = found.hint ?? "";
      } else {
        functions = { ...found, isProgram: false };
        about.kind = found.kind;
        about.params = found.params ?? null;
      }
    }
  } catch (error) {
    about.error = {
      name: "Error",
      message: String(error?.message ?? error),
      stack: String(error?.stack ?? ""),
    };
  }
  about.hasInit = functions?.init !== undefined;
  about.hasLookBack = functions?.lookBack !== undefined;
  // A program begins anew with every record, and takes these then.
  const spent = main === null ? ["__smdk_entry", "__smdk_native"] : [];
  for (const name of [...spent, "__smdk_failed", "__smdk_main", "__smdk_finish"]) delete globalThis[name];
  isBuilding = false;
  const bytes = encodeText(plainStringify(about));
  announce(RESULT, bytes.length);
  writeAll(1, bytes);
});
