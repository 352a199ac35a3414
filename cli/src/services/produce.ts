/** Sends lines, or a whole input, to a topic. */
import type { Fluvio, ProducerConfig, SmartModuleUse } from "@smdk/client";
import type { ClusterOptions } from "../flags.ts";
import { withCluster } from "./connection.ts";
import { interruptible } from "./interrupt.ts";
import { Progress } from "./progress.ts";
import { bytesOf, fileSource, type InputRecord, linesOf, splitKey } from "./record-input.ts";

export interface ProduceOptions {
  topic: string;
  file: string | undefined;
  raw: boolean;
  key: string | undefined;
  keySeparator: string | undefined;
  compression: NonNullable<ProducerConfig["compression"]> | undefined;
  lingerMs: number | undefined;
  batchSize: number | undefined;
  maxRequestSize: number | undefined;
  isolation: NonNullable<ProducerConfig["isolation"]> | undefined;
  delivery: NonNullable<ProducerConfig["delivery"]> | undefined;
  partition: number | undefined;
  modules: readonly SmartModuleUse[];
  cluster: ClusterOptions;
  /** Hears of every record with a key that was split off. */
  onRecord: ((text: string) => void) | undefined;
  /** Hears of every line without the separator. */
  onSkipped: (line: string) => void;
}

export interface ProduceSummary {
  topic: string;
  records: number;
  /** Bytes of keys and values. */
  bytes: number;
  /** Lines left out for want of the key separator. */
  skipped: number;
  seconds: number;
}

/** Longer lines cannot be a record: the largest request a cluster takes. */
const maxLineBytes = 64 * 1024 * 1024;

/** Sends everything and returns when all of it is stored. Ctrl-C stops it and fails with exit code 130. */
export async function produce(options: ProduceOptions): Promise<ProduceSummary> {
  return await interruptible((signal) =>
    withCluster(options.cluster, (fluvio) => send(fluvio, options, signal)),
  );
}

async function send(fluvio: Fluvio, options: ProduceOptions, signal: AbortSignal): Promise<ProduceSummary> {
  const producer = await fluvio.producer(options.topic, { ...configOf(options), signal });
  const interactive = options.file === undefined && process.stdin.isTTY === true && !options.raw;
  const progress = new Progress("produced", !interactive);
  let skipped = 0;
  try {
    for await (const records of recordGroups(options, interactive, () => skipped++)) {
      for (const record of records) {
        await producer.ready();
        producer.send(record);
        progress.add(1, record.value.length + (record.key?.length ?? 0));
      }
      if (interactive) {
        await producer.flush();
        prompt();
      }
    }
    await producer.flush();
    const { records, bytes, seconds } = progress.summary();
    return { topic: options.topic, records, bytes, skipped, seconds: Math.round(seconds * 1000) / 1000 };
  } finally {
    progress.end();
    await producer.close();
  }
}

function configOf(options: ProduceOptions): ProducerConfig {
  const { compression, lingerMs, batchSize, maxRequestSize, isolation, delivery, partition, modules } =
    options;
  return {
    ...(compression && { compression }),
    ...(lingerMs !== undefined && { lingerMs }),
    ...(batchSize !== undefined && { batchSize }),
    ...(maxRequestSize !== undefined && { maxRequestSize }),
    ...(isolation && { isolation }),
    ...(delivery && { delivery }),
    ...(partition !== undefined && { partition }),
    smartModules: modules,
  };
}

/** The records of the input, in groups as they are read. */
async function* recordGroups(
  { file, raw, key, keySeparator, onRecord, onSkipped }: ProduceOptions,
  interactive: boolean,
  countSkipped: () => void,
): AsyncGenerator<InputRecord[]> {
  const source = file === undefined ? (process.stdin as AsyncIterable<Uint8Array>) : fileSource(file);
  const fixedKey = key === undefined ? null : Buffer.from(key);
  if (raw) return yield [{ key: fixedKey, value: await bytesOf(source) }];
  const separator = keySeparator === undefined ? undefined : Buffer.from(keySeparator);
  if (interactive) prompt();
  for await (const lines of linesOf(source, maxLineBytes)) {
    if (separator === undefined) {
      yield lines.map((value) => ({ key: fixedKey, value }));
      continue;
    }
    const records: InputRecord[] = [];
    for (const line of lines) {
      const record = splitKey(line, separator);
      if (record === undefined) {
        countSkipped();
        onSkipped(Buffer.from(line).toString());
      } else {
        onRecord?.(`[${Buffer.from(record.key!).toString()}] ${Buffer.from(record.value).toString()}`);
        records.push(record);
      }
    }
    yield records;
  }
}

function prompt(): void {
  process.stdout.write("> ");
}
