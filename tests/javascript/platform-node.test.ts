/**
 * The platform's parts against Node's own, on generated inputs: the same program runs in a built module and here,
 * and has to say the same.
 */
import { RecordCursor } from "@smdk/protocol";
import { buildChain, type Chain, loadSmartModule } from "@smdk/runtime";
import { toRecordList } from "@smdk/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "./support.ts";

interface Area {
  /** JavaScript that defines `run(input)`, whose result is JSON; it may be async. */
  readonly program: string;
  readonly inputs: fc.Arbitrary<unknown>;
}

/** What a failing call is remembered by: the kind of error, not its words. */
const ATTEMPT = `const attempt = (call) => { try { return call(); } catch (error) { return "throws " + error.name; } };`;

const piece = fc.constantFrom(
  ...["a", "é", "€", "😀", "\ud800", "\udc00", "\ufeff", "\0", "\n", " ", "\u00ff", "\u0100", "%"],
);
const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
const utf8 = fc
  .array(
    fc.oneof(
      fc.constantFrom([0x61], [0xc3, 0xa9], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x98, 0x80], [0xef, 0xbb, 0xbf]),
      fc.constantFrom([0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80], [0xff], [0xed, 0xa0, 0x80]),
      fc.constantFrom([0xc0, 0x80], [0xe0, 0x80, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf0, 0x80], [0xbf]),
      fc.uint8Array({ maxLength: 3 }).map((bytes) => [...bytes]),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.flat());

const hostPart = fc.constantFrom(
  ...[
    "a",
    "EXAMPLE.com",
    "xn--bcher-kva.de",
    "bücher.de",
    "例え.jp",
    "1.2.3.4",
    "0x7f.1",
    "256.1.1.1",
    "1.2.3",
  ],
  ...[
    "[::1]",
    "[1:2::3:4]",
    "[::ffff:1.2.3.4]",
    "[1::2::3]",
    "[:1]",
    "a..b",
    "a.",
    "%41b",
    "a%20b",
    "",
    "a_b",
  ],
  ...[
    "localhost",
    "4294967295",
    "4294967296",
    "0300.1",
    "1.2.3.08",
    "１.２.３.４",
    "ＡＢ.ｃ",
    "a\u00adb",
    "ß.de",
  ],
  ...[
    "a<b",
    "a^b",
    "a|b",
    "x y",
    "\u200db",
    "1e3.5",
    "0x",
    "1.0x.2",
    "[1:2:3:4:5:6:7:8]",
    "[1:2:3:4:5:6:7::]",
  ],
  ...["İ.com", "Σας.gr", "faß.de", "☃.net", "a\u3002b", "a.b.c.d.e", "-a-", "a--b"],
);
const pathPart = fc.constantFrom(
  ...[
    "",
    "a",
    ".",
    "..",
    "%2e",
    "%2E%2e",
    ".%2e",
    "b c",
    "é",
    "%zz",
    "%",
    "C:",
    "c|",
    "\\x",
    "a;b=c",
    "{x}",
    "^",
    "|",
  ],
  ...["'", '"', "<>", "`", "\t", "~", "@", ":", "\u0080", "\ud800", "a\nb", "*", "$&"],
);
const path = fc.array(pathPart, { maxLength: 4 }).map((parts) => parts.join("/"));
const query = fc.constantFrom(
  "",
  "?",
  "?a=b",
  "?a='b'",
  '?"<>',
  "?é=%ff",
  "?a b",
  "?{}|`",
  "?x?y",
  "?\ud83d",
);
const hash = fc.constantFrom("", "#", "#h", "#a b", '#"<>`', "#é", "#{}|", "#x#y", "#%zz");
const user = fc.constantFrom(
  "",
  "",
  "",
  "u@",
  "u:p@",
  ":p@",
  "@",
  "u:p:q@",
  "é:%@",
  "a@b@",
  "u:@",
  "/@",
  "a;b=c@",
);
const port = fc.constantFrom(
  "",
  "",
  "",
  ":80",
  ":443",
  ":8080",
  ":",
  ":0",
  ":65535",
  ":65536",
  ":a",
  ":008",
  ":21",
);
const scheme = fc.constantFrom(
  ...[
    "http:",
    "https:",
    "HTTP:",
    "ws:",
    "wss:",
    "ftp:",
    "file:",
    "mailto:",
    "data:",
    "x:",
    "a+b-c.d:",
    "1x:",
    ":",
  ],
  ...["javascript:", "blob:", "about:", "urn:", "ht\ntp:", "non-special:"],
);
const slashes = fc.constantFrom("//", "//", "//", "/", "", "///", "\\\\", "\\/", "/\\", "////");
/** Node 20 has ways of its own with dots in paths of unknown schemes. */
const isSane = (url: string): boolean =>
  /^\s*(https?|wss?|ftp|file):/i.test(url) || !/^\s*[a-z][^/]*:.*[/\\](\.|%2e)/is.test(url);
const absolute = fc
  .tuple(scheme, slashes, user, hostPart, port, fc.constantFrom("", "/", "/", "\\"), path, query, hash)
  .map((parts) => parts.join(""))
  // Versions of Node differ from the standard, and from one another, in what begins like the letter of a drive.
  .filter((url) => !/^file:.*[a-z][:|][^/\\?#]/is.test(url))
  .filter(isSane);
const relative = fc.tuple(fc.constantFrom("", "/", "//", "\\", "./", "../", "?", "#"), path, query, hash);
/** Node 20 has ways of its own with bases of unknown schemes, and forgets empty queries. */
const base = absolute.filter((url) => /^(https?|wss?|ftp|file):/i.test(url) && !/\?(#|$)/.test(url));
const reference = fc
  .oneof(
    absolute,
    relative.map((parts) => parts.join("")),
    fc.tuple(fc.constantFrom("  ", "\0", "\t", "\u00a0"), absolute).map(([lead, url]) => lead + url + lead),
  )
  .filter(isSane);

const PARTS = `const PARTS = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname",
  "search", "hash"];
const show = (url) => PARTS.map((part) => url[part]).concat([[...url.searchParams]]);`;

/** Values with everything that structuredClone knows, as programs that build them in a table. */
const step = fc.oneof(
  fc.tuple(fc.constant("make"), fc.constantFrom("object", "array", "map", "set", "null-prototype", "class")),
  fc.tuple(fc.constant("date"), fc.oneof(fc.integer(), fc.constant(null))),
  fc.tuple(
    fc.constant("regexp"),
    fc.constantFrom("a+", "[/]", "(?<n>x)"),
    fc.constantFrom("", "gi", "u", "y"),
  ),
  fc.tuple(
    fc.constant("bytes"),
    fc.constantFrom("Uint8Array", "Float64Array", "BigInt64Array", "DataView"),
    fc.nat(2),
  ),
  fc.tuple(fc.constant("error"), fc.constantFrom("Error", "TypeError", "RangeError", "Mine"), text),
  fc.tuple(fc.constant("box"), fc.constantFrom("5", '"x"', "true", "10n")),
  fc.tuple(
    fc.constant("bad"),
    fc.constantFrom("function", "symbol", "weakmap", "promise", "none", "none", "none"),
  ),
  fc.tuple(fc.constant("put"), fc.nat(9), fc.nat(9), fc.constantFrom("a", "1", "__proto__", "length")),
  fc.tuple(fc.constant("put"), fc.nat(9), fc.nat(9), fc.constantFrom("a", "b", "c")),
);
const CLONE = `
class Mine extends Error { constructor(text) { super(text); this.name = "Mine"; } }
class Plain { constructor() { this.own = 1; } get computed() { return 2; } method() {} }
const make = (steps) => {
  const table = [{}];
  const bytes = Uint8Array.from({ length: 32 }, (_, n) => n * 7);
  for (const [what, ...args] of steps) {
    if (what === "make") {
      const makers = { object: () => ({ u: undefined, n: -0, nan: NaN, [Symbol("s")]: 1 }), array: () => [1, , "x"],
        map: () => new Map([[1, "one"]]), set: () => new Set(["a"]), class: () => new Plain(),
        "null-prototype": () => Object.assign(Object.create(null), { p: 1 }) };
      table.push(makers[args[0]]());
    } else if (what === "date") table.push(new Date(args[0] ?? NaN));
    else if (what === "regexp") { const r = new RegExp(args[0], args[1]); r.lastIndex = 1; table.push(r); }
    else if (what === "bytes") {
      const type = globalThis[args[0]];
      table.push(args[1] === 0 ? new type(bytes.slice().buffer) : new type(bytes.buffer, 8 * args[1], 2));
    } else if (what === "error") {
      const type = args[0] === "Mine" ? Mine : globalThis[args[0]];
      const error = new type(args[1], args[1].length % 2 ? { cause: table.at(-1) } : undefined);
      error.extra = 1;
      table.push(error);
    } else if (what === "box") table.push(Object(args[0].endsWith("n") ? BigInt(args[0].slice(0, -1)) : JSON.parse(args[0])));
    else if (what === "bad") table.push({ function: () => () => 1, symbol: () => Symbol("x"), weakmap: () => new WeakMap(),
      promise: () => Promise.resolve(), none: () => undefined }[args[0]]());
    else {
      const target = table[args[0] % table.length], value = table[args[1] % table.length];
      if (target instanceof Map) target.set(args[2], value);
      else if (target instanceof Set) target.add(value);
      else if (Array.isArray(target)) target.push(value);
      else if (typeof target === "object" && target !== null && !(target instanceof Error))
        Object.defineProperty(target, args[2], { value, enumerable: true, configurable: true, writable: true });
    }
  }
  return table;
};
const describe = (value, seen) => {
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : typeof value + String(value);
  if (seen.has(value)) return "#" + seen.get(value);
  seen.set(value, seen.size);
  const type = Object.prototype.toString.call(value);
  const prototype = Object.getPrototypeOf(value);
  const head = [type, prototype === null ? null : prototype.constructor.name];
  if (value instanceof Map) head.push([...value].map(([k, v]) => [describe(k, seen), describe(v, seen)]));
  if (value instanceof Set) head.push([...value].map((v) => describe(v, seen)));
  if (value instanceof Date) head.push(value.getTime());
  if (value instanceof RegExp) head.push(String(value), value.lastIndex);
  if (value instanceof Error) {
    return head.concat([value.name, value.message, "cause" in value ? describe(value.cause, seen) : "-"]);
  }
  if (ArrayBuffer.isView(value)) {
    return head.concat([describe(value.buffer, seen), value.byteOffset, value.byteLength, value.length]);
  }
  if (value instanceof ArrayBuffer) return head.concat([[...new Uint8Array(value)]]);
  if (value instanceof Number || value instanceof String || value instanceof Boolean || typeof value.valueOf() === "bigint")
    head.push(String(value));
  const keys = Reflect.ownKeys(value).filter((key) => typeof key === "symbol" || !(Array.isArray(value) && key === "length"));
  return head.concat([keys.map((key) => [String(key), describe(value[key], seen)])]);
};
const run = (steps) => attempt(() => describe(structuredClone(make(steps)), new Map()));`;

const areas: Readonly<Record<string, Area>> = {
  "TextDecoder, whole and in pieces": {
    program: `const run = ({ parts, fatal, ignoreBOM, label }) => attempt(() => {
      const decoder = new TextDecoder(label, { fatal, ignoreBOM });
      const said = [];
      for (const [at, part] of parts.entries()) {
        said.push(attempt(() => decoder.decode(Uint8Array.from(part), { stream: at < parts.length - 1 })));
        // What comes after a failure is nowhere laid down.
        if (said.at(-1) === "throws TypeError") return said;
      }
      const again = attempt(() => decoder.decode(Uint8Array.from(parts[0])));
      return [decoder.encoding, decoder.fatal, decoder.ignoreBOM, said, again, decoder.decode()];
    });`,
    inputs: fc.record({
      parts: fc.array(utf8, { minLength: 1, maxLength: 4 }),
      fatal: fc.boolean(),
      ignoreBOM: fc.boolean(),
      label: fc.constantFrom("utf-8", "utf8", " UTF-8\n", "unicode-1-1-utf-8", "klingon", ""),
    }),
  },
  TextEncoder: {
    program: `const run = ({ text, size }) => {
      const target = new Uint8Array(size).fill(1);
      const result = new TextEncoder().encodeInto(text, target);
      return [[...new TextEncoder().encode(text)], [...target], result.read, result.written];
    };`,
    inputs: fc.record({ text, size: fc.nat(12) }),
  },
  "atob and btoa": {
    program: `const run = (input) => [attempt(() => atob(input)), attempt(() => btoa(input))];`,
    inputs: fc.oneof(
      text,
      fc.string({ unit: fc.constantFrom(..."aZ9+/=-_ \n\té"), maxLength: 12 }),
      fc.constantFrom(null, 5, true, "null"),
    ),
  },
  structuredClone: { program: CLONE, inputs: fc.array(step, { maxLength: 9 }) },
  "structuredClone of plain JSON": {
    program: `const run = (value) => structuredClone(value);`,
    inputs: fc.jsonValue(),
  },
  "crypto.subtle.digest": {
    program: `const run = async ({ length, offset, form }) => {
      const buffer = Uint8Array.from({ length: length + offset }, (_, n) => (n * 31 + length) & 255).buffer;
      const view = form === 0 ? new Uint8Array(buffer, offset) : form === 1 ? new DataView(buffer, offset) : buffer;
      return [...new Uint8Array(await crypto.subtle.digest(form === 1 ? { name: "sha-256" } : "SHA-256", view))];
    };`,
    inputs: fc.record({ length: fc.nat(400), offset: fc.nat(3), form: fc.nat(2) }),
  },
  URL: {
    program: `${PARTS}
    const run = ([url, base]) => {
      const given = base === null ? [url] : [url, base];
      return attempt(() => show(new URL(...given)));
    };`,
    inputs: fc.tuple(reference, fc.option(base)),
  },
  "setters of URL": {
    program: `${PARTS}
    const run = ([url, [part, value]]) => {
      const made = new URL(url);
      return [attempt(() => { made[part] = value; }) ?? null, show(made)];
    };`,
    inputs: fc.tuple(
      fc.constantFrom(
        ...[
          "http://u:p@h:81/a/b?c=d#e",
          "https://h",
          "file:///x/y",
          "mailto:a@b",
          "x://h/p",
          "data:,x",
          "ws://[::1]/",
        ],
      ),
      fc.oneof(
        fc.tuple(
          fc.constantFrom("host", "hostname"),
          fc.tuple(hostPart, port).map((parts) => parts.join("")),
        ),
        fc.tuple(fc.constantFrom("pathname", "search", "hash"), fc.oneof(path, query, hash)),
        fc.tuple(fc.constantFrom("protocol"), fc.oneof(scheme, fc.constantFrom("https", "x", "file", ""))),
        fc.tuple(
          fc.constantFrom("port"),
          fc.constantFrom("80", "", "8080", "443", "x", "12x", "70000", "-1", " 9"),
        ),
        fc.tuple(fc.constantFrom("username", "password"), fc.constantFrom("", "n", "é:", "a b@", "/?#")),
        fc.tuple(fc.constantFrom("href"), base),
      ),
    ),
  },
  URLSearchParams: {
    program: `const run = ([init, calls]) => attempt(() => {
      const params = new URLSearchParams(init);
      const url = new URL("http://h/?" + (typeof init === "string" ? init : ""));
      return calls.map(([name, ...args]) => [attempt(() => params[name](...args) ?? null),
        attempt(() => url.searchParams[name](...args) ?? null), String(params), [...params], params.size, url.href,
        [...params.keys()].length, [...params.values()].join()]);
    });`,
    inputs: fc.tuple(
      fc.oneof(
        // Node 20 takes no UTF-8 beside what is none.
        ...[
          ["%", "%2", "%c3%a9", "%20"],
          ["%c3", "%ff", "%c3%a9", "%20"],
          ["é", "😀"],
        ].map((special) =>
          fc
            .array(fc.constantFrom("a", "b", "=", "&", "+", "?", "#", "~", "*", ...special))
            .map((parts) => parts.join("")),
        ),
        fc.array(fc.tuple(text, text), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "é", "1"), text),
        fc.constantFrom([["a"]], [["a", "b", "c"]], ["ab"], 5),
      ),
      fc.array(
        fc.oneof(
          fc.tuple(
            fc.constantFrom("append", "set", "delete", "has"),
            fc.constantFrom("a", "b", "é", ""),
            text,
          ),
          fc.tuple(fc.constantFrom("delete", "get", "getAll", "has"), fc.constantFrom("a", "b", "é", "")),
          fc.tuple(fc.constant("sort")),
        ),
        { minLength: 1, maxLength: 4 },
      ),
    ),
  },
};

const decoder = new TextDecoder();
/** The standard has come to encode "^" in paths, which older versions of Node do not do. */
const parsed = (json = ""): unknown => JSON.parse(json.replaceAll("%5E", "^"));

async function answersOf(chain: Chain, inputs: readonly unknown[]): Promise<string[]> {
  const records = toRecordList(inputs.map((input) => JSON.stringify(input)));
  const { records: out, error } = await chain.process({ baseOffset: 0n, baseTimestamp: 0n, records });
  expect(error).toBeNull();
  const values: string[] = [];
  for (const cursor = new RecordCursor(out); cursor.next(); ) values.push(decoder.decode(cursor.value()));
  return values;
}

describe.each(Object.entries(areas))("%s", (_name, { program, inputs }) => {
  test("is as in Node", async () => {
    const here = new Function(`${ATTEMPT}\n${program}\nreturn run;`)() as (input: unknown) => unknown;
    const source = `${ATTEMPT}\n${program}\nexport const map = async (record) => JSON.stringify(await run(record.value.json())) ?? "-";`;
    const { bytes } = await compile({ "src/index.js": source });
    const chain = await buildChain([{ module: await loadSmartModule(bytes) }]);
    await fc.assert(
      fc.asyncProperty(fc.array(inputs, { minLength: 1, maxLength: 60 }), async (batch) => {
        const theirs = await Promise.all(
          batch.map(async (input) => JSON.stringify(await here(JSON.parse(JSON.stringify(input)))) ?? "-"),
        );
        const ours = await answersOf(chain, batch);
        for (const [at, input] of batch.entries())
          expect(parsed(ours[at]), JSON.stringify(input)).toEqual(parsed(theirs[at]));
      }),
      // One seed: rarer inputs find faults of Node too.
      { seed: 7, numRuns: 60, interruptAfterTimeLimit: 8_000 },
    );
  });
});
