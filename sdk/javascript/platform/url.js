// URL and URLSearchParams after the URL standard. Hosts with letters beyond ASCII are mapped by Unicode's normal
// form and lower case, without the standard's tables: rare letters may become other names than in a browser.

import { TextDecoder, TextEncoder } from "./text.js";

const PORTS = { http: "80", https: "443", ws: "80", wss: "443", ftp: "21", file: "" };
const isSpecial = ({ scheme }) => Object.hasOwn(PORTS, scheme);

const C0 = /[^\x20-\x7e]/gu;
const FRAGMENT = /[^\x21\x23-\x3b\x3d\x3f-\x5f\x61-\x7e]/gu;
const QUERY = /[^\x21\x24-\x3b\x3d\x3f-\x7e]/gu;
const SPECIAL_QUERY = /[^\x21\x24-\x26\x28-\x3b\x3d\x3f-\x7e]/gu;
const PATH = /[^\x21\x24-\x3b\x3d\x40-\x5d\x5f\x61-\x7a\x7c\x7e]/gu;
const USER = /[^\x21\x24-\x2e\x30-\x39\x41-\x5a\x5f\x61-\x7a\x7e]/gu;
const usv = (text) => String(text).toWellFormed();
const encodePart = (text, unsafe) =>
  text
    .toWellFormed()
    .replace(unsafe, (char) =>
      encodeURIComponent(char).replace(
        /^[^%]$/,
        (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    );
/** Bytes of %XX and of everything else, as text. */
const percentDecode = (text) => {
  if (!text.includes("%")) return text;
  const bytes = [];
  const source = new TextEncoder().encode(text);
  for (let i = 0; i < source.length; i++) {
    const code =
      source[i] === 37 ? /^[0-9a-f]{2}$/i.exec(String.fromCharCode(source[i + 1], source[i + 2])) : null;
    bytes.push(code ? Number.parseInt(code[0], 16) : source[i]);
    if (code) i += 2;
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
};

/** What is no URL; `parse` and the setters catch it. */
class Invalid extends Error {}
const fail = () => {
  throw new Invalid();
};

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

/** The text of a Punycode label without its `xn--`. */
function fromPunycode(label) {
  const dash = label.lastIndexOf("-");
  const points = Array.from(label.slice(0, Math.max(dash, 0)), (char) => char.codePointAt(0));
  let at = dash < 0 ? 0 : dash + 1;
  let n = 128;
  let i = 0;
  let bias = 72;
  while (at < label.length) {
    const before = i;
    for (let weight = 1, k = 36; ; k += 36) {
      const code = label.charCodeAt(at++);
      const digit = code >= 97 && code <= 122 ? code - 97 : code >= 48 && code <= 57 ? code - 22 : fail();
      i += digit * weight;
      const t = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < t) break;
      weight *= 36 - t;
    }
    const size = points.length + 1;
    let d = before === 0 ? Math.floor(i / 700) : (i - before) >> 1;
    d += Math.floor(d / size);
    let k = 0;
    for (; d > 455; k += 36) d = Math.floor(d / 35);
    bias = k + Math.floor((36 * d) / (d + 38));
    n += Math.floor(i / size);
    i %= size;
    if (n > 0x10ffff) fail();
    points.splice(i++, 0, n);
  }
  return String.fromCodePoint(...points);
}

/** Letters as names of hosts have them. */
const mapped = (text) =>
  Array.from(
    text.normalize("NFC").replace(/(?![\u200c\u200d])\p{Default_Ignorable_Code_Point}/gu, ""),
    (char) =>
      // Lower case letter by letter: the sigma at the end of a word is one that was written so.
      char.normalize("NFKC").toLowerCase(),
  )
    .join("")
    .normalize("NFKC");
const isWrongLabel = (label) =>
  /^\p{M}|[\p{Cn}\p{Co}\p{Cs}\p{Cc}\p{Cf}\p{Z}\ufffc\ufffd\u2ff0-\u2fff]/u.test(label);

/** A domain in ASCII. */
function toAscii(domain) {
  const plain = domain.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  if (/^[\0-\x7f]*$/.test(plain) && !/(^|\.)xn--/.test(plain)) return plain;
  return mapped(plain.replace(/[\u3002\uff0e\uff61]/g, "."))
    .split(".")
    .map((label) => {
      if (label.startsWith("xn--")) {
        const text = fromPunycode(label.slice(4));
        if (
          !/[^\0-\x7f]/.test(text) ||
          mapped(text) !== text ||
          isWrongLabel(text) ||
          punycode(text) !== label
        )
          fail();
        return label;
      }
      if (!/[^\0-\x7f]/.test(label)) return label;
      if (isWrongLabel(label)) fail();
      return punycode(label);
    })
    .join(".");
}

function parseIPv6(text) {
  let source = text;
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(source);
  if (dotted) {
    const parts = dotted.slice(2);
    if (parts.some((part) => Number(part) > 255 || /^0\d/.test(part))) fail();
    const [a, b, c, d] = parts.map(Number);
    source = `${dotted[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const halves = source.split("::");
  if (halves.length > 2) fail();
  const groups = (half) => (half === "" ? [] : half.split(":"));
  const head = groups(halves[0]);
  const tail = halves.length === 2 ? groups(halves[1]) : [];
  const gap = 8 - head.length - tail.length;
  if (halves.length === 2 ? gap < 1 : gap !== 0) fail();
  const all = [...head, ...Array(Math.max(gap, 0)).fill("0"), ...tail];
  if (all.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) fail();
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

function parseIPv4(host) {
  const parts = host.split(".");
  if (parts.at(-1) === "" && parts.length > 1) parts.pop();
  if (!/^(0x[0-9a-f]*|\d+)$/i.test(parts.at(-1))) return host;
  if (parts.length > 4) fail();
  const numbers = parts.map((part) => {
    if (/^0x[0-9a-f]*$/i.test(part)) return part.length === 2 ? 0 : Number.parseInt(part.slice(2), 16);
    if (/^0[0-7]+$/.test(part)) return Number.parseInt(part, 8);
    return /^(0|[1-9]\d*)$/.test(part) ? Number(part) : fail();
  });
  const last = numbers.pop();
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) fail();
  const address = numbers.reduce((sum, number, at) => sum + number * 256 ** (3 - at), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

function parseHost(text, special) {
  if (text.startsWith("[")) return text.endsWith("]") ? parseIPv6(text.slice(1, -1)) : fail();
  if (!special) {
    if (/[\0\t\n\r #/:<>?@[\\\]^|]/.test(text)) fail();
    return encodePart(text, C0);
  }
  const host = toAscii(percentDecode(text));
  if (host === "" || /[\0-\x20#%/:<>?@[\\\]^|\x7f]/.test(host)) fail();
  return parseIPv4(host);
}

/** The text up to the first of some characters, and the text from there on. */
function cut(text, end) {
  const at = text.search(end);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}

const isDrive = (text) => /^[a-z][:|]$/i.test(text);
const startsWithDrive = (text) => /^[a-z][:|]([/\\?#]|$)/i.test(text);
const isDoubleDot = (text) => /^(\.|%2e){2}$/i.test(text);
const isSingleDot = (text) => /^(\.|%2e)$/i.test(text);

function shorten(url) {
  const { path } = url;
  if (url.scheme === "file" && path.length === 1 && /^[a-z]:$/i.test(path[0])) return;
  path.pop();
}

/** Takes the segments of a path, the first slash left out, onto the path that is there. */
function takePath(url, text) {
  const segments = text.split(isSpecial(url) ? /[/\\]/ : "/");
  for (const [at, segment] of segments.entries()) {
    const isLast = at === segments.length - 1;
    const part = encodePart(segment, PATH);
    if (isDoubleDot(part)) {
      shorten(url);
      if (isLast) url.path.push("");
    } else if (isSingleDot(part)) {
      if (isLast) url.path.push("");
    } else if (url.scheme === "file" && url.path.length === 0 && isDrive(part)) {
      url.path.push(`${part[0]}:`);
    } else {
      url.path.push(part);
    }
  }
}

/** A path, as it stands behind the host. */
function startPath(url, text) {
  if (isSpecial(url)) takePath(url, text.replace(/^[/\\]/, ""));
  else if (text !== "") takePath(url, text.replace(/^\//, ""));
}

function takePort(url, digits) {
  if (digits === "") return;
  if (Number(digits) > 65535) fail();
  const port = String(Number(digits));
  url.port = port === PORTS[url.scheme] ? "" : port;
}

/** Host and port; `given` says which setter asks. */
function takeHost(url, text, given = "") {
  const special = isSpecial(url);
  const [, host, port] = /^((?:\[[^\]]*\]?|[^:[])*)(:.*)?$/s.exec(text);
  if (port !== undefined && (host === "" || given === "hostname")) fail();
  if (
    host === "" &&
    (special || (given !== "" && (url.user !== "" || url.password !== "" || url.port !== "")))
  )
    fail();
  const parsed = parseHost(host, special);
  if (given === "host") {
    url.host = parsed;
    // A port that is none leaves the port alone, and the host changed.
    const digits = /^:(\d*)/.exec(port ?? ":")[1];
    return Number(digits) > 65535 ? undefined : takePort(url, digits);
  }
  if (port !== undefined && !/^:\d*$/.test(port)) fail();
  url.host = parsed;
  if (port !== undefined) takePort(url, port.slice(1));
}

/** User, host and port, then the path; `text` begins behind the slashes. */
function takeAuthority(url, text) {
  const [authority, rest] = cut(text, isSpecial(url) ? /[/\\]/ : /\//);
  const at = authority.lastIndexOf("@");
  if (at >= 0) {
    const [user, ...password] = authority.slice(0, at).split(":");
    url.user = encodePart(user, USER);
    url.password = encodePart(password.join(":"), USER);
    if (at === authority.length - 1) fail();
  }
  takeHost(url, authority.slice(at + 1));
  startPath(url, rest);
}

/** A host of a `file:` URL, then the path. */
function takeFileHost(url, text) {
  const [host, rest] = cut(text, /[/\\]/);
  if (isDrive(host)) return takePath(url, text);
  url.host = host === "" ? "" : parseHost(host, true);
  if (url.host === "localhost") url.host = "";
  startPath(url, rest);
}

function takeFile(url, text, base) {
  const from = base?.scheme === "file" ? base : null;
  url.host = "";
  if (!/^[/\\]/.test(text)) {
    if (from === null) return takePath(url, text);
    url.host = from.host;
    url.path = [...from.path];
    if (text === "") return keepQuery(url, from);
    if (startsWithDrive(text)) url.path = [];
    else shorten(url);
    return takePath(url, text);
  }
  if (/^.[/\\]/.test(text)) return takeFileHost(url, text.slice(2));
  if (from !== null) {
    url.host = from.host;
    if (!startsWithDrive(text.slice(1)) && /^[a-z]:$/i.test(from.path[0] ?? "")) url.path.push(from.path[0]);
  }
  takePath(url, text.slice(1));
}

const keepQuery = (url, base) => {
  url.query ??= base.query;
};

function takeRelative(url, text, base) {
  const special = isSpecial(url);
  const slash = special ? /^[/\\]/ : /^\//;
  if (slash.test(text) && slash.test(text.slice(1))) {
    return takeAuthority(url, special ? text.replace(/^[/\\]+/, "") : text.slice(2));
  }
  const { user, password, host, port } = base;
  Object.assign(url, { user, password, host, port });
  if (slash.test(text)) return takePath(url, text.slice(1));
  url.path = [...base.path];
  if (text === "") return keepQuery(url, base);
  shorten(url);
  takePath(url, text);
}

/** The parts of a URL: `host` is null when there is none, `path` a list, or text when it is opaque. */
function parse(input, base) {
  const url = { scheme: "", user: "", password: "", host: null, port: "", path: [], query: null, hash: null };
  let text = input.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text);
  url.scheme = scheme === null ? (base ?? fail()).scheme : scheme[1].toLowerCase();
  if (scheme !== null) text = text.slice(scheme[0].length);
  const [before, hash] = cut(text, "#");
  const [main, query] = cut(before, /\?/);
  if (hash !== "") url.hash = encodePart(hash.slice(1), FRAGMENT);
  if (query !== "") url.query = encodePart(query.slice(1), isSpecial(url) ? SPECIAL_QUERY : QUERY);
  if (scheme === null && typeof base.path === "string") {
    if (before !== "" || hash === "") fail();
    return { ...base, hash: url.hash };
  }
  if (url.scheme === "file") takeFile(url, main, base);
  else if (scheme === null) takeRelative(url, main, base);
  else if (isSpecial(url)) {
    if (base?.scheme === url.scheme && !main.startsWith("//")) takeRelative(url, main, base);
    else takeAuthority(url, main.replace(/^[/\\]+/, ""));
  } else if (main.startsWith("//")) takeAuthority(url, main.slice(2));
  else if (main.startsWith("/")) takePath(url, main.slice(1));
  else url.path = encodePart(main, C0);
  return url;
}

const pathOf = ({ path }) =>
  typeof path === "string" ? path : path.map((segment) => `/${segment}`).join("");

function write(url) {
  const { scheme, user, password, host, port, path, query, hash } = url;
  let out = `${scheme}:`;
  if (host !== null) {
    out += "//";
    if (user !== "" || password !== "") out += `${user}${password === "" ? "" : `:${password}`}@`;
    out += host + (port === "" ? "" : `:${port}`);
  } else if (typeof path !== "string" && path.length > 1 && path[0] === "") {
    out += "/.";
  }
  return out + pathOf(url) + (query === null ? "" : `?${query}`) + (hash === null ? "" : `#${hash}`);
}

const formEncode = (text) => encodePart(text, /[^*\-.0-9A-Z_a-z ]/gu).replaceAll(" ", "+");
const formUnescape = (text) => percentDecode(text.replaceAll("+", " "));
/** How Node's own classes say what they look like. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

export class URLSearchParams {
  #pairs = [];
  #changed = null;

  constructor(init = "") {
    if ((typeof init === "object" && init !== null) || typeof init === "function") {
      if (typeof init[Symbol.iterator] === "function") {
        for (const pair of init) {
          if (typeof pair?.[Symbol.iterator] !== "function" || typeof pair === "string") {
            throw new TypeError("pairs of name and value expected");
          }
          const both = [...pair];
          if (both.length !== 2) throw new TypeError("pairs of name and value expected");
          this.#pairs.push(both.map(usv));
        }
      } else {
        const pairs = new Map();
        for (const name of Object.keys(init)) pairs.set(usv(name), usv(init[name]));
        this.#pairs = [...pairs];
      }
    } else {
      this.#read(usv(init).replace(/^\?/, ""));
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
  #change(pairs) {
    this.#pairs = pairs;
    this.#changed?.(this.toString());
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
    this.#change([...this.#pairs, [usv(name), usv(value)]]);
  }
  delete(name, value) {
    this.#change(this.#pairs.filter((pair) => !fits(pair, name, value)));
  }
  get(name) {
    return this.#pairs.find((pair) => fits(pair, name))?.[1] ?? null;
  }
  getAll(name) {
    return this.#pairs.filter((pair) => fits(pair, name)).map((pair) => pair[1]);
  }
  has(name, value) {
    return this.#pairs.some((pair) => fits(pair, name, value));
  }
  set(name, value) {
    const at = this.#pairs.findIndex((pair) => fits(pair, name));
    if (at < 0) return this.append(name, value);
    const pairs = this.#pairs.filter((pair, i) => i <= at || !fits(pair, name));
    pairs[at] = [usv(name), usv(value)];
    this.#change(pairs);
  }
  sort() {
    this.#change(this.#pairs.toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)));
  }
  forEach(use, self) {
    for (const [name, value] of this) use.call(self, value, name, this);
  }
  // By position: what is added or taken away in between counts.
  *entries() {
    for (let at = 0; at < this.#pairs.length; at++) yield [...this.#pairs[at]];
  }
  *keys() {
    for (const [name] of this) yield name;
  }
  *values() {
    for (const [, value] of this) yield value;
  }
  [Symbol.iterator]() {
    return this.entries();
  }
  toString() {
    return this.#pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
  }
  get [Symbol.toStringTag]() {
    return "URLSearchParams";
  }
  [INSPECT]() {
    return `URLSearchParams { ${this} }`;
  }
}

const fits = (pair, name, value) => pair[0] === usv(name) && (value === undefined || pair[1] === usv(value));

export class URL {
  #parts;
  #params = new URLSearchParams();

  constructor(url, base) {
    const given = [url, base].filter((each) => each !== undefined).map(usv);
    try {
      if (url === undefined) fail();
      this.#parts = parse(given[0], base === undefined ? null : parse(given[1], null));
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      throw new TypeError(`Invalid URL: ${given.join(" from ")}`);
    }
    this.#follow();
  }

  static canParse(url, base) {
    return URL.parse(url, base) !== null;
  }
  static parse(url, base) {
    try {
      return new URL(url, base);
    } catch (error) {
      if (error instanceof TypeError) return null;
      throw error;
    }
  }

  #follow() {
    URLSearchParams.follow(this.#params, this.#parts.query ?? "", (text) => {
      this.#parts.query = text === "" ? null : text;
    });
  }

  /** Changes a copy, and takes it when it is a URL; stays as it is otherwise. */
  #change(change) {
    const next = { ...this.#parts };
    try {
      change(next);
    } catch (error) {
      if (error instanceof Invalid) return;
      throw error;
    }
    this.#parts = next;
  }
  get #isOpaque() {
    return typeof this.#parts.path === "string";
  }
  get #hasNoUser() {
    return !this.#parts.host || this.#parts.scheme === "file";
  }

  get href() {
    return write(this.#parts);
  }
  set href(value) {
    this.#parts = new URL(value).#parts;
    this.#follow();
  }
  get origin() {
    const { scheme, host, port } = this.#parts;
    if (scheme === "blob") {
      const inner = URL.parse(pathOf(this.#parts));
      return inner && /^https?:$/.test(inner.protocol) ? inner.origin : "null";
    }
    if (!isSpecial(this.#parts) || scheme === "file") return "null";
    return `${scheme}://${host}${port === "" ? "" : `:${port}`}`;
  }
  get protocol() {
    return `${this.#parts.scheme}:`;
  }
  set protocol(value) {
    const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(`${usv(value).replace(/[\t\n\r]/g, "")}:`);
    if (match === null) return;
    this.#change((url) => {
      const scheme = match[1].toLowerCase();
      const { user, password, port, host } = url;
      if (Object.hasOwn(PORTS, scheme) !== isSpecial(url)) return;
      if (scheme === "file" && (user !== "" || password !== "" || port !== "")) return;
      if (url.scheme === "file" && host === "") return;
      url.scheme = scheme;
      if (port === PORTS[scheme]) url.port = "";
    });
  }
  get username() {
    return this.#parts.user;
  }
  set username(value) {
    if (!this.#hasNoUser) this.#parts.user = encodePart(usv(value), USER);
  }
  get password() {
    return this.#parts.password;
  }
  set password(value) {
    if (!this.#hasNoUser) this.#parts.password = encodePart(usv(value), USER);
  }
  get host() {
    const { host, port } = this.#parts;
    return `${host ?? ""}${port === "" ? "" : `:${port}`}`;
  }
  set host(value) {
    this.#setHost(value, "host");
  }
  get hostname() {
    return this.#parts.host ?? "";
  }
  set hostname(value) {
    this.#setHost(value, "hostname");
  }
  #setHost(value, given) {
    if (this.#isOpaque) return;
    this.#change((url) => {
      const end = isSpecial(url) ? /[/\\?#]/ : /[/?#]/;
      const [text] = cut(usv(value).replace(/[\t\n\r]/g, ""), end);
      if (url.scheme !== "file") return takeHost(url, text, given);
      url.host = text === "" ? "" : parseHost(text, true);
      if (url.host === "localhost") url.host = "";
    });
  }
  get port() {
    return this.#parts.port;
  }
  set port(value) {
    if (this.#hasNoUser) return;
    const text = usv(value);
    this.#change((url) => {
      if (text === "") url.port = "";
      else takePort(url, /^\d*/.exec(text.replace(/[\t\n\r]/g, ""))[0]);
    });
  }
  get pathname() {
    return pathOf(this.#parts);
  }
  set pathname(value) {
    if (this.#isOpaque) return;
    const text = usv(value).replace(/[\t\n\r]/g, "");
    this.#change((url) => {
      url.path = [];
      if (text === "" && url.host === null) url.path.push("");
      else startPath(url, text);
    });
  }
  get search() {
    return this.#parts.query ? `?${this.#parts.query}` : "";
  }
  set search(value) {
    const text = usv(value);
    const set = isSpecial(this.#parts) ? SPECIAL_QUERY : QUERY;
    this.#parts.query =
      text === "" ? null : encodePart(text.replace(/^\?/, "").replace(/[\t\n\r]/g, ""), set);
    this.#follow();
  }
  get searchParams() {
    return this.#params;
  }
  get hash() {
    return this.#parts.hash ? `#${this.#parts.hash}` : "";
  }
  set hash(value) {
    const text = usv(value);
    this.#parts.hash =
      text === "" ? null : encodePart(text.replace(/^#/, "").replace(/[\t\n\r]/g, ""), FRAGMENT);
  }
  toString() {
    return this.href;
  }
  toJSON() {
    return this.href;
  }
  get [Symbol.toStringTag]() {
    return "URL";
  }
  [INSPECT]() {
    return `URL { ${this.href} }`;
  }
}
