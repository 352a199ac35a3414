// A full disk: refused writes, told to clients and controller, and writing again as soon as there is room.
import { expect, it } from "vitest";
import { type Disk, type Env, type File, nodeEnv } from "../../src/env/index.ts";
import type { Logger } from "../../src/logger.ts";
import { batch, replica, TestSpu, values } from "./harness.ts";

/** The real environment, on a disk that can be full. */
function fillableEnv(): { env: Env; setFull(full: boolean): void } {
  const env = nodeEnv();
  let full = false;
  const guarded = (file: File): File => ({
    read: (into, position) => file.read(into, position),
    write: async (parts, position) => {
      if (full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
      await file.write(parts, position);
    },
    sync: () => file.sync(),
    truncate: (size) => file.truncate(size),
    info: () => file.info(),
    close: () => file.close(),
  });
  const disk: Disk = new Proxy(env.disk, {
    get(target, key) {
      if (key === "open")
        return async (...args: Parameters<Disk["open"]>) => guarded(await target.open(...args));
      const member = Reflect.get(target, key) as unknown;
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return {
    env: { ...env, disk },
    setFull: (value) => {
      full = value;
    },
  };
}

it("refuses writes while the disk is full, and takes them again afterwards", async () => {
  const { env, setFull } = fillableEnv();
  const lines: string[] = [];
  const line = (level: string) => (_: unknown, message: string) => lines.push(`${level}: ${message}`);
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: line("warn"),
    error: line("error"),
    child: () => logger,
  };
  const spu = await TestSpu.start({ env, logger });
  await spu.assign([replica("hello")]);
  const client = await spu.connect();
  const produce = async (text: string, version = 25) =>
    (await client.produce("hello", [batch([text])], { version }))[0]!;
  expect((await produce("a")).errorCode.kind).toBe("None");

  setFull(true);
  expect((await produce("b")).errorCode).toEqual({
    kind: "PartitionFull",
    replicaKey: { topic: "hello", partition: 0 },
  });
  expect((await produce("b", 23)).errorCode.kind).toBe("StorageError");
  await expect.poll(() => spu.reports.get("hello-0")?.outOfStorage).toBe(true);
  expect(values((await client.stream("hello").take(1)).records)).toEqual(["a"]);
  // One line says it, however many writes are refused: the log's own file may be on that disk too.
  expect(lines).toEqual(["error: an append failed and was undone"]);

  setFull(false);
  expect(await produce("c")).toMatchObject({ baseOffset: 1n, errorCode: { kind: "None" } });
  await expect.poll(() => spu.reports.get("hello-0")).toMatchObject({ outOfStorage: false, leo: 2n });
  expect(values((await client.stream("hello").take(2)).records)).toEqual(["a", "c"]);
  client.close();
  await spu.close();
});
