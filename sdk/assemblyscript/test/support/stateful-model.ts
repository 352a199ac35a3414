// The model of fixtures/behaviour/stateful.ts: random commands and what the module must answer.

/** A batch of commands, what they answer up to the first that throws, and its message. */
export interface ModelBatch {
  readonly commands: readonly string[];
  readonly replies: readonly string[];
  readonly error: string | undefined;
}

type Reply = string | null | { readonly thrown: string };

function checksum(text: string): number {
  let sum = 7;
  for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 1_000_003;
  return sum;
}

function nameUnless(command: string, reply: Reply | undefined): Reply {
  return reply === undefined ? (command.split(" ")[0] as string) : reply;
}

export class StatefulModel {
  #random: number;
  readonly #words = new Map<string, string>();
  readonly #numbers = new Map<number, number>();
  readonly #stack: [string, number][] = [];
  readonly #chain: [string, number][] = [];
  readonly #slots = new Array<string>(16).fill("");
  readonly #fixed = ["one", "two", "three"];
  readonly #seen = new Set<string>();
  #kept = "";
  #log = "";

  constructor(seed: number) {
    this.#random = seed * 104_729;
  }

  batch(): ModelBatch {
    const commands: string[] = [];
    const work: (() => Reply)[] = [];
    for (let left = this.#below(60); left > 0; left--) {
      const [command, apply] = this.#command();
      commands.push(command);
      work.push(apply);
    }
    const replies: string[] = [];
    for (const apply of work) {
      const reply = apply();
      if (typeof reply === "string") replies.push(reply);
      else if (reply !== null) return { commands, replies, error: reply.thrown };
    }
    return { commands, replies, error: undefined };
  }

  #below(limit: number): number {
    this.#random = (Math.imul(this.#random, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * limit);
  }

  #word(): string {
    return `w${this.#below(400)}${"x".repeat(this.#below(30))}`;
  }

  #digest(): number {
    let sum = 0;
    for (const [key, value] of this.#words) sum += checksum(key) * 3 + checksum(value);
    for (const [key, value] of this.#numbers) sum += key * 5 + value;
    for (const [i, [label, weight]] of this.#stack.entries()) sum += checksum(label) * (i + 1) + weight;
    for (const [label, weight] of this.#chain) sum += checksum(label) + weight;
    for (const [i, slot] of this.#slots.entries()) if (slot !== "") sum += checksum(slot) * (i + 2);
    for (const [i, text] of this.#fixed.entries()) sum += checksum(text) * (i + 3);
    for (const text of this.#seen) sum += checksum(text);
    return sum + checksum(this.#kept) + checksum(this.#log) + this.#chain.length;
  }

  #fail(a: string, b: string): Reply {
    this.#words.set("thrown", b);
    return { thrown: `thrown ${a}` };
  }

  /** A command and what it does; most often one that changes something. */
  #command(): [string, () => Reply] {
    const a = this.#word();
    const b = this.#word();
    const id = this.#below(1000);
    const n = this.#below(1_000_000);
    const choices: readonly [number, string, () => Reply | undefined][] = [
      [40, `set ${a} ${b}`, () => void this.#words.set(a, b)],
      [10, `del ${a}`, () => void this.#words.delete(a)],
      [20, `num ${id} ${n}`, () => void this.#numbers.set(id, n)],
      [10, `unnum ${id}`, () => void this.#numbers.delete(id)],
      [15, `push ${a} ${n}`, () => void this.#stack.push([a, n])],
      [17, "pop", () => this.#stack.pop()?.[0] ?? "pop"],
      [1, "reverse", () => void this.#stack.reverse()],
      [12, `chain ${a} ${n}`, () => void this.#chain.unshift([a, n])],
      [1, "cut", () => void this.#chain.splice(4)],
      [
        10,
        `slot ${id % 16} ${b}`,
        () => {
          this.#slots[id % 16] = b;
        },
      ],
      [
        3,
        `slot ${id % 16} `,
        () => {
          this.#slots[id % 16] = "";
        },
      ],
      [
        4,
        `fix ${id % 3} ${b}`,
        () => {
          this.#fixed[id % 3] = `${b}!`;
        },
      ],
      [
        5,
        `keep ${a}`,
        () => {
          this.#kept = a;
        },
      ],
      [10, `see ${a}`, () => void this.#seen.add(a)],
      [5, `unsee ${a}`, () => void this.#seen.delete(a)],
      [
        3,
        `log ${a} ${b}`,
        () => {
          this.#log = a + b;
        },
      ],
      [20, `garbage ${a}`, () => String(a.length * 50 + 100)],
      [2, `throw ${a} ${b}`, () => this.#fail(a, b)],
      [1, "index 77", () => ({ thrown: "Index out of range" })],
      [3, "digest", () => String(this.#digest())],
      [8, "nothing", () => null],
    ];
    let at = this.#below(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, command, apply] of choices) {
      at -= weight;
      // Most commands answer with their own name.
      if (at < 0) return [command, () => nameUnless(command, apply())];
    }
    throw new Error("the weights do not add up");
  }
}
