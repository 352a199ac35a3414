import { spawn } from "node:child_process";
import { copyFile, mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { encodeBatch } from "@smdk/protocol";
import { describe, expect, test } from "vitest";
import { batchOf, logFixture, readAll } from "./helpers.ts";

const fixture = logFixture();
const FIRST_LOG = "00000000000000000000.log";
const FIRST_INDEX = "00000000000000000000.index";

/** A closed log of `count` batches with two records each, and where each batch ends in its only file. */
async function smallLog(count: number): Promise<{ directory: string; ends: number[] }> {
  const log = await fixture.open();
  const ends: number[] = [];
  for (let i = 0; i < count; i++) {
    await log.append(batchOf(`a${i}`, "b".repeat(i * 3)));
    ends.push((await stat(join(log.directory, FIRST_LOG))).size);
  }
  await log.close();
  return { directory: log.directory, ends };
}

async function flipBit(path: string, position: number): Promise<void> {
  const file = await open(path, "r+");
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, position);
  byte[0]! ^= 0x10;
  await file.write(byte, 0, 1, position);
  await file.close();
}

/** Appends after the recovery must work, and must be there after one more start without anything to repair. */
async function expectUsable(directory: string, leo: bigint): Promise<void> {
  const log = await fixture.open({}, directory);
  expect(log.offsets.logEnd).toBe(leo);
  await log.append(batchOf("afterwards"));
  const records = await readAll(log);
  expect(records).toHaveLength(Number(leo) + 1);
  expect(records.at(-1)).toEqual({ offset: leo, text: "afterwards" });
  await log.close();
  const again = await fixture.open({}, directory);
  expect(again.recovery).toMatchObject({ cutBytes: 0, setAside: [], rebuiltIndexes: 0 });
  expect(await readAll(again)).toEqual(records);
  await again.close();
}

describe("the end of the active segment", () => {
  test("cut at any byte, the log goes back to the last whole batch and says so", async () => {
    const { directory, ends } = await smallLog(4);
    const size = ends.at(-1)!;
    for (let length = 0; length <= size; length++) {
      const copy = join(fixture.dir, `cut-${length}`);
      await mkdir(copy);
      await copyFile(join(directory, FIRST_LOG), join(copy, FIRST_LOG));
      await truncate(join(copy, FIRST_LOG), length);
      const whole = ends.filter((end) => end <= length);
      const log = await fixture.open({}, copy);
      expect(log.offsets.logEnd).toBe(BigInt(whole.length * 2));
      expect(log.recovery.cutBytes).toBe(length - (whole.at(-1) ?? 0));
      expect(await readAll(log)).toHaveLength(whole.length * 2);
      await log.close();
      if (length % 20 === 0) await expectUsable(copy, BigInt(whole.length * 2));
    }
  });

  test("garbage, zeros or half a batch of another log behind it are cut off and kept aside", async () => {
    const { directory } = await smallLog(3);
    const path = join(directory, FIRST_LOG);
    const good = await readFile(path);
    const strange = encodeBatch({ records: [{ value: new Uint8Array(10) }], baseOffset: 77n });
    for (const [name, tail] of [
      ["garbage", Buffer.from("this is not a batch, it only lies where one could be: ".repeat(3))],
      ["zeros", Buffer.alloc(5000)],
      ["another offset", Buffer.from(strange)],
      ["the same batch again", good.subarray(0, 90)],
    ] as const) {
      await writeFile(path, Buffer.concat([good, tail]));
      const log = await fixture.open();
      expect([name, log.offsets.logEnd, log.recovery.cutBytes]).toEqual([name, 6n, tail.length]);
      expect(log.recovery.cutReason).toContain("at position");
      await log.close();
      expect(Buffer.compare(await readFile(path), good)).toBe(0);
      expect(log.recovery.setAside).toEqual([`${path}.cut`]);
      expect(Buffer.compare(await readFile(`${path}.cut`), tail)).toBe(0);
    }
    await expectUsable(directory, 6n);
  });

  test("a flipped bit anywhere in the last batch is noticed, but for the leader epoch", async () => {
    const { directory, ends } = await smallLog(3);
    const [, second, third] = ends as [number, number, number];
    for (let position = second; position < third; position += 1) {
      const copy = join(fixture.dir, `flip-${position}`);
      await mkdir(copy);
      await copyFile(join(directory, FIRST_LOG), join(copy, FIRST_LOG));
      await flipBit(join(copy, FIRST_LOG), position);
      const log = await fixture.open({}, copy);
      // The leader epoch is the one field that neither the checksum nor the walk covers.
      const isEpoch = position - second >= 12 && position - second < 16;
      expect(log.offsets.logEnd).toBe(isEpoch ? 6n : 4n);
      await log.close();
    }
  });
});

describe("indexes", () => {
  const options = { segmentBytes: 3000, indexIntervalBytes: 300 };

  async function segmentedLog(): Promise<{ directory: string; records: unknown[]; indexes: string[] }> {
    const log = await fixture.open(options);
    for (let i = 0; i < 150; i++) await log.append(batchOf(`a${i}`, `b${i}`));
    const records = await readAll(log);
    await log.close();
    const indexes = (await readdir(log.directory)).filter((name) => name.endsWith(".index"));
    expect(indexes.length).toBeGreaterThan(3);
    return { directory: log.directory, records, indexes };
  }

  test.each<[string, (path: string) => Promise<void>]>([
    ["missing", (path) => rm(path)],
    ["empty", (path) => truncate(path, 0)],
    ["of odd length", (path) => truncate(path, 11)],
    ["with entries missing at the end", (path) => truncate(path, 16)],
    ["garbage", (path) => writeFile(path, Buffer.alloc(800, 0xab))],
    ["pointing into batches", (path) => writeFile(path, Buffer.from("0000000400000111", "hex"))],
    ["of the right form with wrong offsets", (path) => flipBit(path, 3)],
  ])("%s: everything is readable, and the file is made anew", async (_name, damage) => {
    const { directory, records, indexes } = await segmentedLog();
    const before = await Promise.all(indexes.map((name) => readFile(join(directory, name))));
    for (const name of indexes) await damage(join(directory, name));
    const log = await fixture.open(options);
    expect(log.recovery.cutBytes).toBe(0);
    expect(await readAll(log, 500)).toEqual(records);
    for (let offset = 299n; offset >= 0n; offset--) {
      expect((await log.read({ offset, maxBytes: 1 })).baseOffset).toBe(offset - (offset % 2n));
    }
    await log.close();
    const after = await Promise.all(indexes.map((name) => readFile(join(directory, name))));
    expect(after.map((bytes) => bytes.toString("hex"))).toEqual(before.map((bytes) => bytes.toString("hex")));
  });

  test("an index without a log is dropped", async () => {
    const { directory } = await segmentedLog();
    const orphan = join(directory, "00000000000000099999.index");
    await writeFile(orphan, "");
    await fixture.open(options);
    expect(await readdir(directory)).not.toContain("00000000000000099999.index");
  });
});

describe("closed segments", () => {
  const options = { segmentBytes: 1000 };

  async function segmentedLog(): Promise<string> {
    const log = await fixture.open(options);
    for (let i = 0; i < 60; i++) await log.append(batchOf(`a${i}`, `b${i}`));
    await log.close();
    return log.directory;
  }

  async function logFiles(directory: string): Promise<string[]> {
    return (await readdir(directory)).filter((name) => name.endsWith(".log"));
  }

  test("one cut short: what is before it stays, what is behind it is set aside, not deleted", async () => {
    const directory = await segmentedLog();
    const files = await logFiles(directory);
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(directory, name))).size));
    await truncate(join(directory, files[2]!), sizes[2]! - 1);
    const log = await fixture.open(options);
    expect(log.recovery.setAside).toEqual(files.slice(2).map((name) => join(directory, `${name}.cut`)));
    expect(log.recovery.cutBytes).toBeGreaterThan(0);
    expect(log.offsets.logEnd).toBe(BigInt(files[3]!.slice(0, 20)) - 2n);
    expect(await readAll(log)).toHaveLength(Number(log.offsets.logEnd));
    await log.append(batchOf("next"));
    expect((await readAll(log)).at(-1)).toMatchObject({ text: "next" });
    expect(await logFiles(directory)).toEqual(files.slice(0, 3));
  });

  test("one missing in the middle", async () => {
    const directory = await segmentedLog();
    const files = await logFiles(directory);
    await rm(join(directory, files[1]!));
    const log = await fixture.open(options);
    expect(log.offsets.logEnd).toBe(BigInt(files[1]!.slice(0, 20)));
    expect(log.recovery.setAside).toHaveLength(files.length - 2);
    expect(log.recovery.cutReason).toContain(files[0]);
  });

  test("one that begins inside of another is what a failed append left: the log goes on behind it", async () => {
    const log = await fixture.open({ segmentBytes: 300 });
    for (let at = 0; at < 12; at++) await log.append([batchOf(`a${at}`, "b"), batchOf("c")]);
    const before = await readAll(log);
    await log.close();
    const bases = (await readdir(log.directory)).filter((name) => name.endsWith(".log")).sort();
    const inside = `${String(Number(bases[1]!.slice(0, 20)) + 1).padStart(20, "0")}.log`;
    await writeFile(join(log.directory, inside), "");
    const again = await fixture.open({}, log.directory);
    expect(await readAll(again)).toEqual(before);
    expect(again.recovery.setAside).toEqual([join(log.directory, `${inside}.cut`)]);
    await again.close();
  });

  test("the first one missing: the log begins later", async () => {
    const directory = await segmentedLog();
    const files = await logFiles(directory);
    await rm(join(directory, files[0]!));
    const log = await fixture.open(options);
    expect(log.offsets).toMatchObject({ logStart: BigInt(files[1]!.slice(0, 20)), logEnd: 120n });
    expect(log.recovery).toMatchObject({ cutBytes: 0, setAside: [] });
  });

  test("damage that appears while the log is open is an error of the read, not of the server", async () => {
    const log = await fixture.open(options);
    for (let i = 0; i < 60; i++) await log.append(batchOf(`a${i}`, `b${i}`));
    const files = await logFiles(log.directory);
    const middle = BigInt(files[2]!.slice(0, 20));
    await writeFile(join(log.directory, files[2]!), Buffer.alloc(1000, 0x5a));
    await expect(log.read({ offset: middle, maxBytes: 5000 })).rejects.toMatchObject({
      code: "SMDK_LOG_DAMAGED",
    });
    await expect(log.read({ offset: middle + 3n, maxBytes: 5000 })).rejects.toMatchObject({
      code: "SMDK_LOG_DAMAGED",
    });
    await truncate(join(log.directory, files[1]!), 0);
    const before = BigInt(files[1]!.slice(0, 20));
    await expect(log.read({ offset: before, maxBytes: 5000 })).rejects.toMatchObject({
      code: "SMDK_LOG_DAMAGED",
    });
    expect((await log.read({ offset: 0n, maxBytes: 5000 })).records.length).toBeGreaterThan(0);
  });
});

test("an empty or new directory is an empty log; other files in it are left alone", async () => {
  const directory = join(fixture.dir, "deep", "words-0");
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "notes.txt"), "mine");
  const log = await fixture.open({}, directory);
  expect(log.offsets).toEqual({ logStart: 0n, highWatermark: 0n, logEnd: 0n });
  await log.close();
  expect(await readFile(join(directory, "notes.txt"), "utf8")).toBe("mine");
  expect((await stat(join(directory, FIRST_INDEX))).size).toBe(10_485_760);
  expect((await stat(join(directory, "replication.chk"))).size).toBe(0);
});

test("kill -9: every acknowledged record is there afterwards, in its place", async () => {
  const script = fileURLToPath(new URL("fixtures/append-until-killed.js", import.meta.url));
  const directory = join(fixture.dir, "killed-0");
  const acknowledged = new Map<bigint, string>();
  for (const [round, acks] of [1, 40, 333, 1200, 77].entries()) {
    const child = spawn(process.execPath, [script, directory, `${round}`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    let seen = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const space = line.indexOf(" ");
      // The kill may cut the last line short.
      if (space > 0 && line.split("/").length === 4)
        acknowledged.set(BigInt(line.slice(0, space)), line.slice(space + 1));
      seen += 1;
      if (seen === acks) child.kill("SIGKILL");
    }
    await exited;
    expect(seen).toBeGreaterThanOrEqual(acks);
    const log = await fixture.open({ segmentBytes: 20_000 }, directory);
    const records = await readAll(log);
    expect(records.map((record) => record.offset)).toEqual(records.map((_, i) => BigInt(i)));
    for (const [offset, text] of acknowledged) {
      const stored = records[Number(offset)]?.text;
      // A line that was cut short holds the beginning of its record.
      expect(stored?.startsWith(text)).toBe(true);
    }
    await log.close();
  }
});
