/**
 * Small and hostile guests with what upstream's own engine made of them: every error text, every byte of output,
 * every counter. Where V8 cannot know what wasmtime knows, the list below says so.
 */
import { describe, expect, it } from "vitest";
import { buildChain, type EngineError, transformErrorText } from "../src/index.ts";
import { assemble, fixture, fromHex, toHex, utf8 } from "./support.ts";

interface Failure {
  chain: string[];
}

interface Case {
  name: string;
  version: number;
  limit?: number;
  lookbackRecords?: string;
  modules: {
    wat?: string;
    hex?: string;
    text?: string;
    name?: string;
    strip?: boolean;
    params?: Record<string, string>;
    lookback?: number;
    acc?: string;
  }[];
  calls: [number, number, string][];
  expected: { build?: Failure; look_back?: Failure; calls?: unknown[]; metrics?: Record<string, object> };
}

const cases = JSON.parse(Buffer.from(fixture("upstream-cases.json")).toString()) as Case[];

/** V8 has one message for two traps. */
const MERGED_TRAPS = /convert out of range|call_indirect wrong type/;
/** Faults in code or text that another parser finds and words: only that they fail alike is compared. */
const OTHER_WORDS =
  /^wat: (unknown local|type fault|named function fault|missing paren|bad number)|^binary: code type|^refused: (rethrow|delegate|block type ref)/;
/** V8 before version 12 has one memory per module. */
const MULTI_MEMORY = /multi memory|two memories/;
const oneMemory = Number.parseInt(process.versions.v8, 10) < 12;

const LINES = 40;

function shorten(text: string): string {
  const lines = text.split("\n");
  return lines.length > LINES ? `${lines.slice(0, LINES).join("\n")}\n…` : text;
}

function failure(error: unknown): Failure {
  const { message, causes } = error as EngineError;
  return { chain: [message, ...(causes ?? [])].map(shorten) };
}

async function run(item: Case): Promise<Case["expected"]> {
  const modules = [];
  for (const { wat, hex, text, name = "m", strip, params = {}, lookback, acc } of item.modules) {
    const module =
      wat !== undefined ? await assemble(wat, !strip) : hex !== undefined ? fromHex(hex) : utf8(text ?? "");
    modules.push({
      module,
      name,
      params: new Map(Object.entries(params)),
      lookback: lookback === undefined ? null : { last: BigInt(lookback), age: null },
      // As local tests do; the fixture was recorded that way.
      lookbackInParams: false,
      ...(acc === undefined ? {} : { accumulator: fromHex(acc) }),
    });
  }
  const options = { version: item.version, ...(item.limit === undefined ? {} : { memoryLimit: item.limit }) };
  const result: Case["expected"] = {};
  let chain: Awaited<ReturnType<typeof buildChain>>;
  try {
    chain = await buildChain(modules, options);
  } catch (error) {
    return { build: failure(error) };
  }
  const past = item.lookbackRecords;
  if (past !== undefined) {
    try {
      await chain.lookBack(() => fromHex(past));
    } catch (error) {
      result.look_back = failure(error);
    }
  }
  result.calls = item.calls.map(([offset, timestamp, records]) => {
    try {
      const output = chain.process({
        baseOffset: BigInt(offset),
        baseTimestamp: BigInt(timestamp),
        records: fromHex(records),
      });
      const { error } = output;
      return {
        records: toHex(output.records),
        error:
          error === null
            ? null
            : {
                text: transformErrorText(error),
                offset: Number(error.offset),
                kind: error.kind,
                hint: error.hint,
              },
      };
    } catch (error) {
      return failure(error);
    }
  });
  result.metrics = Object.fromEntries(
    [...chain.metrics()].map(([name, metrics]) => [
      name,
      {
        bytes_in: metrics.bytesIn,
        records_out: metrics.recordsOut,
        records_err: metrics.recordsErr,
        invocation_count: metrics.invocationCount,
        smartmodule_names: metrics.smartmoduleNames,
      },
    ]),
  );
  return result;
}

/** Drops what V8 does not tell: the address of an out-of-bounds access. */
function withoutAddresses(expected: Case["expected"]): Case["expected"] {
  return JSON.parse(JSON.stringify(expected), (key, value: unknown) =>
    key === "chain"
      ? (value as string[]).filter((text) => !text.startsWith("memory fault at wasm address"))
      : value,
  );
}

describe("as upstream's engine", () => {
  it.each(cases.map((item) => [item.name, item] as const))("%s", async (name, item) => {
    if (oneMemory && MULTI_MEMORY.test(name)) {
      const { build } = await run(item);
      expect(build?.chain[0]).toBe("failed to parse WebAssembly module");
      return;
    }
    const actual = await run(item);
    const expected = withoutAddresses(item.expected);
    if (OTHER_WORDS.test(name)) {
      expect(actual.build).toBeDefined();
      expect(expected.build).toBeDefined();
    } else if (MERGED_TRAPS.test(name)) {
      const top = (result: Case["expected"]) =>
        result.calls?.map((call) => (call as Partial<Failure>).chain?.[0] ?? call);
      expect(top(actual)).toEqual(top(expected));
    } else {
      expect(actual).toEqual(expected);
    }
  });
});
