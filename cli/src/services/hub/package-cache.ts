/**
 * Packages on this machine by their digest, and those whose download broke off: the next attempt goes on there,
 * also in another process.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { appendFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, digestOf } from "@smdk/packages";
import { smdkHome } from "../home.ts";

/** What is kept at most, bytes; what was not used for longest goes first. */
const MAX_BYTES = 256 * 1024 * 1024;
const UNFINISHED = ".part";

function folder(): string {
  const path = join(smdkHome(), "packages");
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

const hexOf = (digest: Digest): string => digest.slice("sha256:".length);

/** The whole package, or undefined; bytes that are not those of the digest count as absent. */
export function cachedPackage(digest: Digest): Uint8Array | undefined {
  const path = join(folder(), hexOf(digest));
  try {
    const bytes = new Uint8Array(readFileSync(path));
    if (digestOf(bytes) === digest) {
      const now = new Date();
      utimesSync(path, now, now);
      return bytes;
    }
    rmSync(path, { force: true });
  } catch {
    // Not there, or not readable: it is downloaded then.
  }
  return undefined;
}

/** Keeps a package that came in one piece. */
export async function keepPackage(digest: Digest, bytes: Uint8Array): Promise<void> {
  const whole = new PartialPackage(digest);
  await whole.restart();
  await whole.append(bytes);
  await whole.finish();
}

/** The bytes so far of a download. One process works on it at a time; another one begins its own. */
export class PartialPackage {
  readonly #digest: Digest;
  readonly #path: string;
  size = 0;

  constructor(digest: Digest) {
    this.#digest = digest;
    this.#path = join(folder(), `${hexOf(digest)}.${process.pid}${UNFINISHED}`);
    const left = readdirSync(folder()).find((name) => isLeftover(name, hexOf(digest)));
    if (left === undefined) return;
    try {
      renameSync(join(folder(), left), this.#path);
    } catch {
      // Another process took it first.
      return;
    }
    this.size = statSync(this.#path).size;
  }

  async append(chunk: Uint8Array): Promise<void> {
    await appendFile(this.#path, chunk, { mode: 0o600 });
    this.size += chunk.length;
  }

  async restart(): Promise<void> {
    if (this.size > 0) await truncate(this.#path);
    this.size = 0;
  }

  /** The bytes, kept as a whole package when they have the digest, and thrown away when not. */
  async finish(): Promise<Uint8Array> {
    if (this.size === 0) await writeFile(this.#path, "", { mode: 0o600 });
    const bytes = new Uint8Array(readFileSync(this.#path));
    if (digestOf(bytes) === this.#digest) {
      renameSync(this.#path, join(folder(), hexOf(this.#digest)));
      prune();
    } else rmSync(this.#path, { force: true });
    return bytes;
  }
}

/** Left by a process that is no more. */
function isLeftover(name: string, hex: string): boolean {
  if (!name.startsWith(`${hex}.`) || !name.endsWith(UNFINISHED)) return false;
  const pid = Number(name.slice(hex.length + 1, -UNFINISHED.length));
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

function prune(): void {
  const files = readdirSync(folder()).flatMap((name) => {
    const path = join(folder(), name);
    // Another process may have finished or removed it meanwhile.
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? [] : [{ path, size: found.size, mtimeMs: found.mtimeMs }];
  });
  let total = files.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= MAX_BYTES) return;
    rmSync(path, { force: true });
    total -= size;
  }
}
