/**
 * Opening a log directory: finds the segments, checks that they form one unbroken log, and takes it back to its
 * longest valid prefix if they do not. What is cut off is reported, and kept beside the log under the name
 * `<file>.cut` until its segment expires: behind one damaged batch there may be whole ones.
 */

import { join } from "node:path";
import type { Disk, File } from "../env/index.ts";
import { INDEX_FILE_BYTES, OffsetIndex } from "./offset-index.ts";
import { type ScanEnd, scanBatches } from "./scan.ts";
import { baseOffsetOf, CUT_SUFFIX, Segment, segmentFileName } from "./segment.ts";
import type { RecoveryReport } from "./types.ts";

const COPY_BYTES = 1024 * 1024;

export interface RecoveredLog {
  /** In order; at least one, the last one is the active segment. */
  readonly segments: Segment[];
  readonly report: RecoveryReport;
}

interface Settings {
  readonly intervalBytes: number;
  readonly nowMs: number;
}

export async function recoverLog(disk: Disk, directory: string, settings: Settings): Promise<RecoveredLog> {
  await disk.mkdir(directory);
  const names = (await disk.readdir(directory))
    .filter((entry) => entry.kind === "file")
    .map((entry) => entry.name);
  const bases = names
    .map(baseOffsetOf)
    .filter((base) => base !== undefined)
    .sort((a, b) => (a < b ? -1 : 1));
  const found: Findings = { cutBytes: 0, cutReason: undefined, setAside: [], rebuiltIndexes: 0 };
  const segments: Segment[] = [];
  for (let at = 0; at < bases.length; ) {
    const base = bases[at]!;
    const next = bases[at + 1];
    const segment = await openSegment(disk, directory, base, next, settings, found);
    segments.push(segment);
    at += 1;
    if (next === undefined || segment.end === next) continue;
    found.cutReason ??= `the segment ${segmentFileName(base, "log")} ends at ${segment.end}, the next begins at ${next}`;
    // Segments that begin inside of this one are what a failed append has left: the log may go on behind them.
    const follower = bases.indexOf(segment.end, at);
    const following = follower < 0 ? bases.length : follower;
    for (; at < following; at++) await setAside(disk, directory, bases[at]!, found);
  }
  await removeOrphanIndexes(disk, directory, names, bases);
  if (segments.length === 0) {
    const first = Segment.empty(disk, directory, 0n, settings);
    await first.makeFiles();
    segments.push(first);
  }
  await prepareActive(segments.at(-1)!);
  const { cutReason, ...counts } = found;
  return {
    segments,
    report: {
      segments: segments.length,
      logStart: segments[0]!.base,
      logEnd: segments.at(-1)!.end,
      ...counts,
      ...(cutReason === undefined ? {} : { cutReason }),
    },
  };
}

interface Findings {
  cutBytes: number;
  cutReason: string | undefined;
  readonly setAside: string[];
  rebuiltIndexes: number;
}

async function openSegment(
  disk: Disk,
  directory: string,
  base: bigint,
  next: bigint | undefined,
  settings: Settings,
  found: Findings,
): Promise<Segment> {
  const logPath = join(directory, segmentFileName(base, "log"));
  const file = await disk.open(logPath, "write");
  try {
    const { size, modifiedMs } = await file.info();
    const stored = await readIndexFile(disk, join(directory, segmentFileName(base, "index")), size, settings);
    if (next !== undefined && stored !== undefined) {
      const entries = stored.count;
      const end = await walkFromLastEntry(file, base, size, stored);
      if (end.stopped === undefined && end.offset === next) {
        const segment = new Segment(disk, directory, base, {
          bytes: size,
          end: next,
          modifiedMs,
          indexBytes: stored.usedBytes,
          index: stored,
        });
        if (stored.count > entries) {
          found.rebuiltIndexes += 1;
          await segment.rewriteIndexFile();
        }
        // It is read again when somebody reads the segment.
        segment.index = undefined;
        return segment;
      }
    }
    const index = new OffsetIndex(settings.intervalBytes);
    const end = await scanBatches(file, { size, base, position: 0, offset: base, verifyCrc: true, index });
    if (end.stopped !== undefined) await cut(disk, file, logPath, size, end, found);
    const segment = new Segment(disk, directory, base, {
      bytes: end.position,
      end: end.offset,
      modifiedMs,
      indexBytes: index.usedBytes,
      index,
    });
    if (stored === undefined || !sameEntries(stored, index)) {
      // The last entries of the active segment are only ever in memory before it closes.
      if (next !== undefined || stored === undefined || stored.count > index.count) found.rebuiltIndexes += 1;
      if (next !== undefined) await segment.rewriteIndexFile();
    }
    return segment;
  } finally {
    await file.close();
  }
}

/** A closed segment with a good index: only what lies behind its last entry is looked at, and entered if missing. */
function walkFromLastEntry(file: File, base: bigint, size: number, index: OffsetIndex): Promise<ScanEnd> {
  const last = index.count > 0 ? index.entry(index.count - 1) : { relativeOffset: 0, position: 0 };
  return scanBatches(file, {
    size,
    base,
    position: last.position,
    offset: base + BigInt(last.relativeOffset),
    verifyCrc: false,
    index,
  });
}

/** The index of the file; undefined if it is absent or cannot be right. */
export async function readIndexFile(
  disk: Disk,
  path: string,
  logBytes: number,
  settings: { readonly intervalBytes: number },
): Promise<OffsetIndex | undefined> {
  const info = await disk.info(path);
  if (info === undefined) return undefined;
  const file = await disk.open(path, "read");
  try {
    // No log has more entries than this; the rest of an active segment's file is empty.
    const most = (Math.floor(logBytes / settings.intervalBytes) + 1) * 8;
    const bytes = new Uint8Array(Math.min(info.size, Math.max(most, 8), INDEX_FILE_BYTES));
    const filled = await file.read(bytes, 0);
    return OffsetIndex.decode(bytes.subarray(0, filled), logBytes, settings.intervalBytes);
  } finally {
    await file.close();
  }
}

function sameEntries(a: OffsetIndex, b: OffsetIndex): boolean {
  if (a.count !== b.count) return false;
  return Buffer.compare(a.encode(), b.encode()) === 0;
}

async function cut(
  disk: Disk,
  file: File,
  logPath: string,
  size: number,
  end: ScanEnd,
  found: Findings,
): Promise<void> {
  found.cutBytes += size - end.position;
  found.cutReason ??= `${end.stopped}, at position ${end.position} of ${logPath}`;
  const copy = await disk.open(`${logPath}${CUT_SUFFIX}`, "create");
  try {
    await copy.truncate(0);
    const buffer = new Uint8Array(Math.min(COPY_BYTES, size - end.position));
    for (let done = end.position; done < size; done += buffer.length) {
      const filled = await file.read(buffer.subarray(0, Math.min(buffer.length, size - done)), done);
      await copy.write(buffer.subarray(0, filled), done - end.position);
    }
    await copy.sync();
  } finally {
    await copy.close();
  }
  found.setAside.push(`${logPath}${CUT_SUFFIX}`);
  await file.truncate(end.position);
  await file.sync();
}

async function setAside(disk: Disk, directory: string, base: bigint, found: Findings): Promise<void> {
  const path = join(directory, segmentFileName(base, "log"));
  await disk.rename(path, `${path}${CUT_SUFFIX}`);
  await disk.remove(join(directory, segmentFileName(base, "index")));
  found.setAside.push(`${path}${CUT_SUFFIX}`);
}

async function removeOrphanIndexes(
  disk: Disk,
  directory: string,
  names: readonly string[],
  bases: readonly bigint[],
): Promise<void> {
  const known = new Set(bases.map((base) => segmentFileName(base, "index")));
  for (const name of names) {
    if (/^\d{20}\.index$/.test(name) && !known.has(name)) await disk.remove(join(directory, name));
  }
}

/** The last segment takes appends: it needs its index in memory and the file at full size. */
async function prepareActive(segment: Segment): Promise<void> {
  if (segment.index !== undefined) await segment.prepareIndexFile();
}
