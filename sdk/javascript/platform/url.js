// URL and URLSearchParams after the URL standard. Hosts with letters beyond ASCII become Punycode after lower
// casing and NFC, without the standard's full mapping tables; `file:` URLs have no drive letters.

import { TextDecoder, TextEncoder } from "./text.js";

const PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21", "file:": "" };
const isSpecial = (scheme) => Object.hasOwn(PORTS, scheme);

const C0 = /[^\x20-\x7e]/gu;
const FRAGMENT = /[^\x21\x23-\x3b\x3d\x3f-\x5f\x61-\x7e]/gu;
const QUERY = /[^\x21\x24-\x3b\x3d\x3f-\x7e]/gu;
const SPECIAL_QUERY = /[^\x21\x24-\x26\x28-\x3b\x3d\x3f-\x7e]/gu;
const PATH = /[^\x21\x24-\x3b\x3d\x40-\x5d\x5f\x61-\x7a\x7c\x7e]/gu;
const USER = /[^\x21\x24-\x2e\x30-\x39\x41-\x5a\x5f\x61-\x7a\x7e]/gu;
const encodePart = (text, unsafe) =>
  text
    .toWellFormed()
    .replace(unsafe, (char) =>
      encodeURIComponent(char).replace(
        /^[^%]$/,
        (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    );

function fail(input) {
  throw new TypeError(`Invalid URL: ${input}`);
}

/** Punycode of one label. */
function punycode(label) {
  const points = Array.from(label, (char) => char.codePointAt(0));
  let out = points
    .filter((point) => point < 128)
    .map((point) => String.fromCharCode(point))
    .join("");
  const basic = out.length;
  let done = basic;
  if (basic > 0) out += "-";
  const digit = (value) => String.fromCharCode(value < 26 ? value + 97 : value + 22);
  let n = 128;
  let delta = 0;
  let bias = 72;
  while (done < points.length) {
    const next = Math.min(...points.filter((point) => point >= n));
    delta += (next - n) * (done + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta++;
      if (point !== n) continue;
      let q = delta;
      for (let k = 36; ; k += 36) {
        const t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
        if (q < t) break;
        out += digit(t + ((q - t) % (36 - t)));
        q = Math.floor((q - t) / (36 - t));
      }
      out += digit(q);
      let d = done === basic ? Math.floor(delta / 700) : delta >> 1;
      d += Math.floor(d / (done + 1));
      let k = 0;
      for (; d > 455; k += 36) d = Math.floor(d / 35);
      bias = k + Math.floor((36 * d) / (d + 38));
      delta = 0;
      done++;
    }
    delta++;
    n++;
  }
  return `xn--${out}`;
}

function parseIPv6(text, input) {
  let source = text;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(source);
  if (dotted) {
    const parts = dotted.slice(2).map(Number);
    if (parts.some((part) => part > 255)) fail(input);
    const [a, b, c, d] = parts;
    source = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = source.split("::");
  if (halves.length > 2) fail(input);
  const groups = (half) => (half === "" ? [] : half.split(":"));
  const head = groups(halves[0]);
  const tail = halves.length === 2 ? groups(halves[1]) : [];
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) fail(input);
  const all = [...head, ...Array(Math.max(gap, 0)).fill("0"), ...tail];
  if (all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) fail(input);
  const numbers = all.map((group) => Number.parseInt(group, 16));
  let best = { at: -1, length: 1 };
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && numbers[at + length] === 0) length++;
    if (length > best.length) best = { at, length };
  }
  const hex = (list) => list.map((number) => number.toString(16)).join(":");
  if (best.at < 0) return `[${hex(numbers)}]`;
  return `[${hex(numbers.slice(0, best.at))}::${hex(numbers.slice(best.at + best.length))}]`;
}

function parseIPv4(host, input) {
  const parts = host.split(".");
  if (parts.at(-1) === "" && parts.length > 1) parts.pop();
  if (!/^(0x[0-9a-f]*|\d+)$/i.test(parts.at(-1))) return host;
  if (parts.length > 4) fail(input);
  const numbers = parts.map((part) => {
    if (/^0x[0-9a-f]*$/i.test(part)) return part.length === 2 ? 0 : Number.parseInt(part.slice(2), 16);
    if (/^0[0-7]+$/.test(part)) return Number.parseInt(part, 8);
    return /^\d+$/.test(part) && !/^0\d/.test(part) ? Number(part) : fail(input);
  });
  const last = numbers.pop();
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) fail(input);
  const address = numbers.reduce((sum, number, at) => sum + number * 256 ** (3 - at), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

function parseHost(text, special, input) {
  if (text.startsWith("[")) {
    if (!text.endsWith("]")) fail(input);
    return parseIPv6(text.slice(1, -1), input);
  }
  if (!special) {
    if (/[\0\t\n\r #/:<>?@[\\\]^|]/.test(text)) fail(input);
    return encodePart(text, C0);
  }
  let host = text;
  try {
    host = decodeURIComponent(text);
  } catch {
    fail(input);
  }
  host = host
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\u3002\uff0e\uff61]/g, ".");
  if (/[^\0-\x7f]/.test(host)) {
    host = host
      .split(".")
      .map((label) => (/[^\0-\x7f]/.test(label) ? punycode(label) : label))
      .join(".");
  }
  if (host === "" || /[\0-\x20"#%/:<>?@[\\\]^`{|}\x7f]/.test(host)) fail(input);
  return parseIPv4(host, input);
}

function normalPath(path, special) {
  const out = [];
  const segments = (special ? path.replaceAll("\\", "/") : path).split("/");
  if (segments[0] === "") segments.shift();
  for (const [at, segment] of segments.entries()) {
    const plain = segment.replaceAll(/%2e/gi, ".");
    const isLast = at === segments.length - 1;
    if (plain === "..") {
      out.pop();
      if (isLast) out.push("");
    } else if (plain === ".") {
      if (isLast) out.push("");
    } else {
      out.push(encodePart(segment, PATH));
    }
  }
  return `/${out.join("/")}`;
}

/** The parts of a URL; `host` is null when there is none, `opaque` says that the path is no list. */
function parse(input, base) {
  const text = input.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text);
  const parts = {
    scheme: "",
    user: "",
    password: "",
    host: null,
    port: "",
    path: "",
    query: null,
    hash: null,
  };
  let rest = text;
  const hash = rest.indexOf("#");
  if (hash >= 0) {
    parts.hash = encodePart(rest.slice(hash + 1), FRAGMENT);
    rest = rest.slice(0, hash);
  }
  const relative =
    scheme === null ||
    (base !== null &&
      scheme[0].toLowerCase() === base.scheme &&
      isSpecial(base.scheme) &&
      !/^[^:]*:[/\\]/.test(rest));
  if (relative && base === null) fail(input);
  parts.scheme = relative ? base.scheme : scheme[0].toLowerCase();
  if (scheme !== null) rest = rest.slice(scheme[0].length);
  const special = isSpecial(parts.scheme);
  const question = rest.indexOf("?");
  if (question >= 0) {
    parts.query = encodePart(rest.slice(question + 1), special ? SPECIAL_QUERY : QUERY);
    rest = rest.slice(0, question);
  }
  if (special) rest = rest.replaceAll("\\", "/");
  if (relative && base.opaque) {
    if (rest !== "" || parts.query !== null || parts.hash === null) fail(input);
    return { ...base, hash: parts.hash };
  }
  const hasAuthority = rest.startsWith("//") || (special && !relative && parts.scheme !== "file:");
  if (hasAuthority) {
    const match = (special && parts.scheme !== "file:" ? /^\/*([^/]*)(.*)$/s : /^\/\/([^/]*)(.*)$/s).exec(
      rest,
    );
    let authority = match[1];
    const at = authority.lastIndexOf("@");
    if (at >= 0) {
      const [user, ...password] = authority.slice(0, at).split(":");
      parts.user = encodePart(user, USER);
      parts.password = encodePart(password.join(":"), USER);
      authority = authority.slice(at + 1);
    }
    const port = /:(\d*)$/.exec(authority);
    if (port) {
      authority = authority.slice(0, port.index);
      if (Number(port[1]) > 65535) fail(input);
      parts.port =
        port[1] === "" || String(Number(port[1])) === PORTS[parts.scheme] ? "" : String(Number(port[1]));
    }
    if (authority === "" && (special ? parts.scheme !== "file:" : at >= 0 || port !== null)) fail(input);
    parts.host = authority === "" ? "" : parseHost(authority, special, input);
    if (parts.scheme === "file:" && parts.host === "localhost") parts.host = "";
    parts.path = match[2] === "" && !special ? "" : normalPath(match[2], special);
    return parts;
  }
  if (!relative) {
    if (parts.scheme === "file:") parts.host = "";
    if (special || rest.startsWith("/")) parts.path = normalPath(rest, special);
    else {
      parts.opaque = true;
      parts.path = encodePart(rest, C0);
    }
    return parts;
  }
  const { user, password, host, port } = base;
  Object.assign(parts, { user, password, host, port });
  if (rest.startsWith("/")) parts.path = normalPath(rest, special);
  else if (rest !== "") parts.path = normalPath(base.path.replace(/[^/]*$/, "") + rest, special);
  else {
    parts.path = base.path;
    if (parts.query === null) parts.query = base.query;
  }
  return parts;
}

function write({ scheme, user, password, host, port, path, query, hash, opaque }) {
  let out = scheme;
  if (host !== null) {
    out += "//";
    if (user !== "" || password !== "") out += `${user}${password === "" ? "" : `:${password}`}@`;
    out += host + (port === "" ? "" : `:${port}`);
  } else if (!opaque && path.startsWith("//")) {
    out += "/.";
  }
  return out + path + (query === null ? "" : `?${query}`) + (hash === null ? "" : `#${hash}`);
}

const formEncode = (text) => encodePart(String(text), /[^*\-.0-9A-Z_a-z ]/gu).replaceAll(" ", "+");
const formUnescape = (text) => {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  const bytes = [];
  const source = new TextEncoder().encode(spaced);
  for (let i = 0; i < source.length; i++) {
    const code =
      source[i] === 37 ? /^[0-9a-f]{2}$/i.exec(String.fromCharCode(source[i + 1], source[i + 2])) : null;
    bytes.push(code ? Number.parseInt(code[0], 16) : source[i]);
    if (code) i += 2;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
};

export class URLSearchParams {
  #pairs = [];
  #changed = null;

  constructor(init = "") {
    if (typeof init === "object" && init !== null) {
      if (typeof init[Symbol.iterator] === "function") {
        for (const pair of init) {
          const [name, value, ...more] = pair;
          if (value === undefined || more.length > 0) throw new TypeError("pairs of name and value expected");
          this.#pairs.push([String(name), String(value)]);
        }
      } else {
        for (const name of Object.keys(init)) this.#pairs.push([name, String(init[name])]);
      }
    } else {
      this.#read(String(init).replace(/^\?/, ""));
    }
  }

  #read(text) {
    this.#pairs = text
      .split("&")
      .filter((part) => part !== "")
      .map((part) => {
        const at = part.indexOf("=");
        return at < 0
          ? [formUnescape(part), ""]
          : [formUnescape(part.slice(0, at)), formUnescape(part.slice(at + 1))];
      });
  }

  /** For URL: follows the query of a URL, and tells it about changes. */
  static follow(params, text, changed) {
    params.#read(text);
    params.#changed = changed;
  }

  get size() {
    return this.#pairs.length;
  }
  append(name, value) {
    this.#pairs.push([String(name), String(value)]);
    this.#changed?.(this.toString());
  }
  delete(name, value) {
    const gone = (pair) => pair[0] === String(name) && (value === undefined || pair[1] === String(value));
    this.#pairs = this.#pairs.filter((pair) => !gone(pair));
    this.#changed?.(this.toString());
  }
  get(name) {
    return this.#pairs.find((pair) => pair[0] === String(name))?.[1] ?? null;
  }
  getAll(name) {
    return this.#pairs.filter((pair) => pair[0] === String(name)).map((pair) => pair[1]);
  }
  has(name, value) {
    return this.#pairs.some(
      (pair) => pair[0] === String(name) && (value === undefined || pair[1] === String(value)),
    );
  }
  set(name, value) {
    const at = this.#pairs.findIndex((pair) => pair[0] === String(name));
    if (at < 0) this.#pairs.push([String(name), String(value)]);
    else {
      this.#pairs[at] = [String(name), String(value)];
      this.#pairs = this.#pairs.filter((pair, i) => i <= at || pair[0] !== String(name));
    }
    this.#changed?.(this.toString());
  }
  sort() {
    this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
    this.#changed?.(this.toString());
  }
  forEach(use, self) {
    for (const [name, value] of this.#pairs) use.call(self, value, name, this);
  }
  *entries() {
    for (const pair of this.#pairs) yield [pair[0], pair[1]];
  }
  *keys() {
    for (const pair of this.#pairs) yield pair[0];
  }
  *values() {
    for (const pair of this.#pairs) yield pair[1];
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  toString() {
    return this.#pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
  }
}

export class URL {
  #parts;
  #params = new URLSearchParams();

  constructor(url, base) {
    this.#parts = parse(String(url), base === undefined ? null : parse(String(base), null));
    this.#follow();
  }

  static canParse(url, base) {
    return URL.parse(url, base) !== null;
  }
  static parse(url, base) {
    try {
      return new URL(url, base);
    } catch {
      return null;
    }
  }

  #follow() {
    URLSearchParams.follow(this.#params, this.#parts.query ?? "", (text) => {
      this.#parts.query = text === "" ? null : text;
    });
  }

  /** Takes the changed text when it is a URL, and stays as it is otherwise. */
  #change(more) {
    const next = { ...this.#parts, ...more };
    const parsed = URL.canParse(write(next)) ? parse(write(next), null) : this.#parts;
    if (isSpecial(parsed.scheme) === isSpecial(this.#parts.scheme)) this.#parts = parsed;
    this.#follow();
  }

  get href() {
    return write(this.#parts);
  }
  set href(value) {
    this.#parts = parse(String(value), null);
    this.#follow();
  }
  get origin() {
    const { scheme, host, port } = this.#parts;
    if (scheme === "blob:") return URL.parse(this.#parts.path)?.origin ?? "null";
    if (!isSpecial(scheme) || scheme === "file:") return "null";
    return `${scheme}//${host}${port === "" ? "" : `:${port}`}`;
  }
  get protocol() {
    return this.#parts.scheme;
  }
  set protocol(value) {
    const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):?/.exec(value);
    if (match) this.#change({ scheme: `${match[1].toLowerCase()}:` });
  }
  get username() {
    return this.#parts.user;
  }
  set username(value) {
    if (this.#parts.host) this.#change({ user: encodePart(String(value), USER) });
  }
  get password() {
    return this.#parts.password;
  }
  set password(value) {
    if (this.#parts.host) this.#change({ password: encodePart(String(value), USER) });
  }
  get host() {
    const { host, port } = this.#parts;
    return `${host ?? ""}${port === "" ? "" : `:${port}`}`;
  }
  set host(value) {
    const match = /^(\[[^\]]*\]|[^:/?#]+)(?::(\d*))?/.exec(String(value));
    if (match && !this.#parts.opaque)
      this.#change({ host: match[1], ...(match[2] ? { port: match[2] } : {}) });
  }
  get hostname() {
    return this.#parts.host ?? "";
  }
  set hostname(value) {
    const match = /^(\[[^\]]*\]|[^:/?#]+)$/.exec(String(value));
    if (match && !this.#parts.opaque) this.#change({ host: match[1] });
  }
  get port() {
    return this.#parts.port;
  }
  set port(value) {
    const match = /^\d*/.exec(String(value))[0];
    if (String(value) === "") this.#change({ port: "" });
    else if (match !== "" && Number(match) <= 65535) this.#change({ port: match });
  }
  get pathname() {
    return this.#parts.path;
  }
  set pathname(value) {
    if (this.#parts.opaque) return;
    this.#parts.path = normalPath(
      String(value).replace(/[?#]/g, (char) => (char === "?" ? "%3F" : "%23")),
      isSpecial(this.#parts.scheme),
    );
  }
  get search() {
    return this.#parts.query ? `?${this.#parts.query}` : "";
  }
  set search(value) {
    const text = String(value).replace(/^\?/, "");
    this.#parts.query =
      text === ""
        ? null
        : encodePart(text, isSpecial(this.#parts.scheme) ? SPECIAL_QUERY : QUERY).replaceAll("#", "%23");
    this.#follow();
  }
  get searchParams() {
    return this.#params;
  }
  get hash() {
    return this.#parts.hash ? `#${this.#parts.hash}` : "";
  }
  set hash(value) {
    const text = String(value).replace(/^#/, "");
    this.#parts.hash = text === "" ? null : encodePart(text, FRAGMENT);
  }
  toString() {
    return this.href;
  }
  toJSON() {
    return this.href;
  }
}
