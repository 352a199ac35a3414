/** A line on stderr for a long transfer, only on a terminal. */
import { humanBytes } from "../../output.ts";

const INTERVAL_MS = 200;

/** Call it with the bytes so far and of all; without arguments it clears the line. */
export function transferProgress(
  label: string,
  enabled: boolean,
): { seen(bytes: number, total: number): void; end(): void } {
  const shows = enabled && process.stderr.isTTY === true;
  let last = performance.now();
  let shown = false;
  return {
    seen(bytes, total) {
      const now = performance.now();
      if (!shows || now - last < INTERVAL_MS) return;
      last = now;
      shown = true;
      const of = total > 0 ? ` of ${humanBytes(total)} (${Math.floor((bytes / total) * 100)} %)` : "";
      process.stderr.write(`\r\x1b[K${label} ${humanBytes(bytes)}${of}`);
    },
    end() {
      if (shown) process.stderr.write("\r\x1b[K");
    },
  };
}
