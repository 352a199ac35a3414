// Where the keys and values of a TOML text stand: the parser tells values only. The text has been parsed before, so
// it is taken to be valid; of what is not, places may be missing.

/** A path into the data: keys, and positions in lists. */
export type TomlPath = readonly (string | number)[];

/** UTF-16 positions. */
export interface TomlPlace {
  /** Of the key as it is written, or of the bracket of a table's header. */
  readonly start: number;
  /** End of the key; of headers the end of the line. */
  readonly keyEnd: number;
  /** Of the value; null for tables with a header. */
  readonly value: { readonly start: number; readonly end: number } | null;
}

/** Finds the places of everything in a text. */
export function tomlPlaces(text: string): TomlPlaces {
  const places = new TomlPlaces();
  new Scanner(text, places).run();
  return places;
}

export class TomlPlaces {
  readonly #places = new Map<string, TomlPlace>();
  /** How many tables each list of tables has so far. */
  readonly lists = new Map<string, number>();

  /** The place of a key, of a table's header, or of an element of a list. */
  at(path: TomlPath): TomlPlace | undefined {
    return this.#places.get(JSON.stringify(path));
  }

  /** The place of the path, or of the nearest thing around it; the start of the text when there is none. */
  near(path: TomlPath): number {
    for (let length = path.length; length > 0; length--) {
      const place = this.at(path.slice(0, length));
      if (place !== undefined) return place.start;
    }
    return 0;
  }

  /** Notes a place; the first one of a path stays. */
  note(path: TomlPath, place: TomlPlace): void {
    const key = JSON.stringify(path);
    if (!this.#places.has(key)) this.#places.set(key, place);
  }
}

const BARE_KEY = /[A-Za-z0-9_-]+/y;
const SCALAR = /[^\s,\]}#]+(?: [0-9:.+-Z]+)?/y;

class Scanner {
  readonly #text: string;
  readonly #places: TomlPlaces;
  #at = 0;

  constructor(text: string, places: TomlPlaces) {
    this.#text = text;
    this.#places = places;
  }

  run(): void {
    let table: TomlPath = [];
    if (this.#text.startsWith("\ufeff")) this.#at = 1;
    for (;;) {
      this.#skip(true);
      if (this.#at >= this.#text.length) return;
      const before = this.#at;
      if (this.#text[this.#at] === "[") table = this.#header();
      else this.#entry(table);
      if (this.#at === before) this.#at++;
    }
  }

  /** Blanks, comments and, where they mean nothing, line ends. */
  #skip(lines: boolean): void {
    for (;;) {
      const char = this.#text[this.#at];
      if (char === " " || char === "\t" || (lines && (char === "\n" || char === "\r"))) this.#at++;
      else if (char === "#") this.#at = this.#lineEnd();
      else return;
    }
  }

  #lineEnd(): number {
    const end = this.#text.indexOf("\n", this.#at);
    return end < 0 ? this.#text.length : end;
  }

  #header(): TomlPath {
    const start = this.#at;
    const isList = this.#text.startsWith("[[", start);
    this.#at += isList ? 2 : 1;
    const names = this.#key().map(({ name }) => name);
    const path: (string | number)[] = [];
    for (const [index, name] of names.entries()) {
      path.push(name);
      const list = JSON.stringify(path);
      const count = this.#places.lists.get(list);
      const isLast = index === names.length - 1;
      if (isList && isLast) {
        this.#places.note(path, { start, keyEnd: this.#lineEnd(), value: null });
        this.#places.lists.set(list, (count ?? 0) + 1);
        path.push(count ?? 0);
      } else if (count !== undefined) path.push(count - 1);
    }
    this.#at = this.#lineEnd();
    this.#places.note(path, { start, keyEnd: this.#at, value: null });
    return path;
  }

  /** `key = value`, also with dots in the key. */
  #entry(table: TomlPath): void {
    const parts = this.#key();
    this.#skip(false);
    if (parts.length === 0 || this.#text[this.#at] !== "=") return;
    this.#at++;
    const path = [...table, ...parts.map(({ name }) => name)];
    const first = parts[0]!;
    const value = this.#value(path);
    for (let length = 1; length <= parts.length; length++) {
      const { end } = parts[length - 1]!;
      const isWhole = length === parts.length;
      this.#places.note([...table, ...parts.slice(0, length).map(({ name }) => name)], {
        start: isWhole ? (parts.at(-1)?.start ?? first.start) : first.start,
        keyEnd: end,
        value: isWhole ? value : null,
      });
    }
  }

  #key(): { name: string; start: number; end: number }[] {
    const parts: { name: string; start: number; end: number }[] = [];
    for (;;) {
      this.#skip(false);
      const start = this.#at;
      const char = this.#text[start];
      if (char === '"' || char === "'") {
        this.#string();
        const raw = this.#text.slice(start, this.#at);
        parts.push({ name: unquoted(raw), start, end: this.#at });
      } else {
        BARE_KEY.lastIndex = start;
        const name = BARE_KEY.exec(this.#text)?.[0];
        if (name === undefined) return parts;
        this.#at += name.length;
        parts.push({ name, start, end: this.#at });
      }
      this.#skip(false);
      if (this.#text[this.#at] !== ".") return parts;
      this.#at++;
    }
  }

  #value(path: TomlPath): { start: number; end: number } {
    this.#skip(false);
    const start = this.#at;
    const char = this.#text[start];
    if (char === '"' || char === "'") this.#string();
    else if (char === "[") this.#list(path);
    else if (char === "{") this.#inlineTable(path);
    else {
      SCALAR.lastIndex = start;
      this.#at += SCALAR.exec(this.#text)?.[0].length ?? 0;
    }
    return { start, end: this.#at };
  }

  #string(): void {
    const quote = this.#text[this.#at]!;
    const triple = quote.repeat(3);
    const isLong = this.#text.startsWith(triple, this.#at);
    this.#at += isLong ? 3 : 1;
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at];
      if (char === "\\" && quote === '"') this.#at += 2;
      else if (isLong ? this.#text.startsWith(triple, this.#at) : char === quote) break;
      else if (!isLong && char === "\n") return;
      else this.#at++;
    }
    this.#at += isLong ? 3 : 1;
    // Up to two quotes more may belong to the text.
    while (isLong && this.#text[this.#at] === quote) this.#at++;
  }

  #list(path: TomlPath): void {
    this.#at++;
    for (let index = 0; ; index++) {
      this.#skip(true);
      if (this.#text[this.#at] === "," && index > 0) {
        this.#at++;
        this.#skip(true);
      }
      if (this.#at >= this.#text.length) return;
      if (this.#text[this.#at] === "]") break;
      const before = this.#at;
      const value = this.#value([...path, index]);
      this.#places.note([...path, index], { start: value.start, keyEnd: value.end, value });
      if (this.#at === before) return;
    }
    this.#at++;
  }

  #inlineTable(path: TomlPath): void {
    this.#at++;
    for (;;) {
      this.#skip(true);
      if (this.#text[this.#at] === ",") {
        this.#at++;
        continue;
      }
      if (this.#at >= this.#text.length) return;
      if (this.#text[this.#at] === "}") break;
      const before = this.#at;
      this.#entry(path);
      if (this.#at === before) return;
    }
    this.#at++;
  }
}

function unquoted(raw: string): string {
  if (raw.startsWith("'")) return raw.slice(1, -1);
  try {
    return JSON.parse(raw) as string;
  } catch {
    return raw.slice(1, -1);
  }
}
