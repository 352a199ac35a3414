/** A line on stderr that says how long work is going, only on a terminal. */
import { humanBytes } from "../output.ts";

const intervalMs = 250;
/** Work shorter than this shows nothing. */
const quietMs = 1000;

/** Counts records and bytes; shows the totals and the rate while the work lasts. */
export class Progress {
  #records = 0;
  #bytes = 0;
  #shown = false;
  readonly #verb: string;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;

  /** `verb` begins the line: "produced", "consumed". */
  constructor(verb: string, enabled: boolean) {
    this.#verb = verb;
    if (enabled && process.stderr.isTTY) {
      this.#timer = setInterval(() => this.#draw(), intervalMs);
      this.#timer.unref();
    }
  }

  add(records: number, bytes: number): void {
    this.#records += records;
    this.#bytes += bytes;
  }

  /** Removes the line, so that other text can be printed. */
  clear(): void {
    if (!this.#shown) return;
    process.stderr.write("\r\x1b[K");
    this.#shown = false;
  }

  /** Stops; leaves one last line when there was anything to show. */
  end(): void {
    clearInterval(this.#timer);
    if (!this.#shown) return;
    this.#draw();
    process.stderr.write("\n");
    this.#shown = false;
  }

  /** Totals and rates so far. */
  summary(): { records: number; bytes: number; seconds: number } {
    return {
      records: this.#records,
      bytes: this.#bytes,
      seconds: (performance.now() - this.#started) / 1000,
    };
  }

  #draw(): void {
    const { records, bytes, seconds } = this.summary();
    if (seconds * 1000 < quietMs) return;
    const rate = `${Math.round(records / seconds).toLocaleString("en")} records/s, ${humanBytes(Math.round(bytes / seconds))}/s`;
    process.stderr.write(
      `\r\x1b[K${this.#verb} ${records.toLocaleString("en")} records (${humanBytes(bytes)}), ${rate}`,
    );
    this.#shown = true;
  }
}
