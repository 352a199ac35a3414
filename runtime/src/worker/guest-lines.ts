/** Cuts what guests write into lines for a log, and bounds how much of it one call may leave there. */
import type { GuestLine } from "./messages.ts";

/** Longer lines are cut. */
const MAX_LINE_BYTES = 8 * 1024;
/** Bytes of one call; what comes on top is only counted. */
const MAX_CALL_BYTES = 64 * 1024;
/** Lines of one call. */
const MAX_CALL_LINES = 256;
const NEWLINE = 0x0a;

const utf8 = new TextDecoder();

export class GuestLines {
  readonly #send: (lines: GuestLine[]) => void;
  /** Begun lines by stream and module. */
  readonly #begun = new Map<string, number[]>();
  #lines: GuestLine[] = [];
  #bytes = 0;
  #count = 0;
  #dropped = 0;

  /** `send` gets the lines while a call goes on and when it is over. */
  constructor(send: (lines: GuestLine[]) => void) {
    this.#send = send;
  }

  write(stream: GuestLine["stream"], bytes: Uint8Array, module: string): void {
    const key = `${stream} ${module}`;
    let line = this.#begun.get(key) ?? [];
    for (const [at, byte] of bytes.entries()) {
      if (this.#bytes >= MAX_CALL_BYTES || this.#count >= MAX_CALL_LINES) {
        this.#dropped += bytes.length - at;
        break;
      }
      this.#bytes++;
      if (byte !== NEWLINE) line.push(byte);
      if (byte === NEWLINE || line.length >= MAX_LINE_BYTES) {
        this.#add(stream, module, line);
        line = [];
      }
    }
    this.#begun.set(key, line);
  }

  /** The call is over: unfinished lines end here, and the bounds start anew. */
  flush(): void {
    for (const [key, line] of this.#begun) {
      if (line.length === 0) continue;
      const blank = key.indexOf(" ");
      this.#add(key.slice(0, blank) as GuestLine["stream"], key.slice(blank + 1), line);
    }
    this.#begun.clear();
    if (this.#dropped > 0) {
      const text = `… and ${this.#dropped} bytes more`;
      this.#lines.push({ module: this.#lines.at(-1)?.module ?? "", stream: "stderr", text });
    }
    this.#post();
    this.#bytes = 0;
    this.#count = 0;
    this.#dropped = 0;
  }

  #add(stream: GuestLine["stream"], module: string, line: readonly number[]): void {
    this.#lines.push({ module, stream, text: utf8.decode(Uint8Array.from(line)) });
    this.#count++;
    // A call that never ends has said something by then.
    if (this.#lines.length >= 32) this.#post();
  }

  #post(): void {
    if (this.#lines.length > 0) this.#send(this.#lines);
    this.#lines = [];
  }
}
