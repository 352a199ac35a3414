// The parameters a SmartModule is started with.

export class Params {
  private values: Map<string, string> = new Map();

  /** For the library. */
  @unsafe add(name: string, value: string): void {
    this.values.set(name, value);
  }

  get size(): i32 {
    return this.values.size;
  }

  /** All names, in the order of their bytes. */
  names(): string[] {
    return this.values.keys();
  }

  has(name: string): bool {
    return this.values.has(name);
  }

  get(name: string): string | null {
    return this.values.has(name) ? this.values.get(name) : null;
  }

  /** The value; throws `Missing param NAME` without it. */
  required(name: string): string {
    if (!this.values.has(name)) throw new Error("Missing param " + name);
    return this.values.get(name);
  }

  optional(name: string, otherwise: string = ""): string {
    return this.values.has(name) ? this.values.get(name) : otherwise;
  }

  /** A decimal integer; throws when there is a value and it is none. */
  int(name: string, otherwise: i64 = 0): i64 {
    if (!this.values.has(name)) return otherwise;
    let text = this.values.get(name);
    return parseInteger(name, text);
  }

  requiredInt(name: string): i64 {
    return parseInteger(name, this.required(name));
  }

  float(name: string, otherwise: f64 = 0): f64 {
    if (!this.values.has(name)) return otherwise;
    let text = this.values.get(name);
    let value = F64.parseFloat(text);
    if (isNaN(value)) throw new Error("Param " + name + ": \"" + text + "\" is not a number");
    return value;
  }

  /** `true` or `false`; throws when there is a value and it is neither. */
  bool(name: string, otherwise: bool = false): bool {
    if (!this.values.has(name)) return otherwise;
    let text = this.values.get(name);
    if (text == "true") return true;
    if (text == "false") return false;
    throw new Error("Param " + name + ": \"" + text + "\" is neither true nor false");
  }
}

function parseInteger(name: string, text: string): i64 {
  let start = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
  let good = text.length > start && text.length - start <= 18;
  for (let i = start; i < text.length; ++i) {
    let unit = text.charCodeAt(i);
    if (unit < 0x30 || unit > 0x39) good = false;
  }
  if (!good) throw new Error("Param " + name + ": \"" + text + "\" is not an integer");
  return I64.parseInt(text);
}
