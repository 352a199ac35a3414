/** Reads a topic and writes its records to standard output. */
import { once } from "node:events";
import type { Consumer, ConsumerConfig, ConsumerRecord, Fluvio, SmartModuleUse } from "@smdk/client";
import { exitCodes, messageOf } from "../errors.ts";
import type { ClusterOptions } from "../flags.ts";
import type { Isolation } from "../wire-choices.ts";
import { withCluster } from "./connection.ts";
import { Progress } from "./progress.ts";
import type { RecordFormatter, TableColumn } from "./record-format.ts";

/** Where to begin; `offset` counts from the beginning, back from the end, or is the offset itself. */
export interface StartPoint {
  from: "beginning" | "end" | "absolute";
  offset: bigint;
}

export interface ConsumeOptions {
  topic: string;
  /** All of the topic when undefined. */
  partitions: readonly number[] | undefined;
  start: StartPoint;
  /** Last offset to show, in each partition. */
  end: bigint | undefined;
  /** Number of records after which to stop. */
  limit: number | undefined;
  /** Wait for new records at the end. */
  follow: boolean;
  maxBytes: number | undefined;
  isolation: Isolation | undefined;
  consumerId: string | undefined;
  modules: readonly SmartModuleUse[];
  cluster: ClusterOptions;
  /** A line of JSON for each record, or text. */
  format: "ndjson" | RecordFormatter;
  progress: boolean;
  /** Hears of a broken connection that is tried again. */
  note: (line: string) => void;
}

/** Why reading ended. */
export type ConsumeOutcome = "end" | "limit" | "closed" | "interrupted";

/** How often the offset of a consumer is kept, as upstream's command line does. */
const offsetFlushMs = 2000;

export async function consume(options: ConsumeOptions): Promise<ConsumeOutcome> {
  return await withCluster(options.cluster, (fluvio) => read(fluvio, options));
}

async function read(fluvio: Fluvio, options: ConsumeOptions): Promise<ConsumeOutcome> {
  let broken = false;
  const consumer = await fluvio.consumer({
    ...configOf(options),
    onRetry: (error) => {
      // Once for an outage, however many partitions and attempts.
      if (!broken) options.note(`${messageOf(error)}; trying again until Ctrl-C`);
      broken = true;
    },
  });
  const progress = new Progress("consumed", options.progress && process.stdout.isTTY !== true);
  let interrupted = false;
  const stop = (): void => {
    if (interrupted) process.exit(exitCodes.interrupted);
    interrupted = true;
    void consumer.close();
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    const outcome = await show(consumer, options, progress, () => {
      broken = false;
    });
    return interrupted ? "interrupted" : outcome;
  } finally {
    progress.end();
    await consumer.close();
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  }
}

/** Writes records until there are no more, or until the wanted ones have been shown. */
async function show(
  consumer: Consumer,
  options: ConsumeOptions,
  progress: Progress,
  arrived: () => void,
): Promise<ConsumeOutcome> {
  const { end, limit, format } = options;
  const finished = new Set<number>();
  let count = 0;
  for await (const records of recordGroups(consumer, options)) {
    arrived();
    const lines: string[] = [];
    let bytes = 0;
    let outcome: ConsumeOutcome | undefined;
    for (const record of records) {
      if (end !== undefined && record.offset >= end) finished.add(record.partition);
      if (end === undefined || record.offset <= end) {
        const line = format === "ndjson" ? jsonLine(record) : format(record);
        if (line !== null) lines.push(line);
        bytes += record.value.length;
        count++;
      }
      if (count === limit) outcome = "limit";
      else if (end !== undefined && finished.size === consumer.partitions.length) outcome = "end";
      if (outcome !== undefined) break;
    }
    progress.add(lines.length, bytes);
    if (lines.length > 0) await write(`${lines.join("\n")}\n`);
    if (outcome !== undefined) return outcome;
  }
  return "closed";
}

/**
 * Records as they come, whole batches at a time. Where a consumer's offset is kept and reading may stop within a
 * batch, they come singly, so that the offset kept is that of the last record shown.
 */
async function* recordGroups(
  consumer: Consumer,
  options: ConsumeOptions,
): AsyncGenerator<Iterable<ConsumerRecord>> {
  const single =
    options.consumerId !== undefined && (options.end !== undefined || options.limit !== undefined);
  if (single) for await (const record of consumer) yield [record];
  else yield* consumer.batches();
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

const strict = new TextDecoder("utf-8", { fatal: true });

function jsonLine(record: ConsumerRecord): string {
  const { topic, partition, offset, timestamp, key, value } = record;
  return JSON.stringify({
    topic,
    partition,
    offset: Number(offset),
    timestamp: timestamp < 0 ? null : timestamp,
    ...jsonData("key", key),
    ...jsonData("value", value),
  });
}

/** Text where the bytes are UTF-8; base64 under another name where they are not. */
function jsonData(name: string, data: Uint8Array | null): Record<string, string | null> {
  if (data === null) return { [name]: null };
  try {
    return { [name]: strict.decode(data) };
  } catch {
    return { [`${name}Base64`]: Buffer.from(data).toString("base64") };
  }
}

function configOf(options: ConsumeOptions): ConsumerConfig {
  const { topic, partitions, start, isolation, maxBytes, modules, consumerId, follow } = options;
  return {
    topic,
    ...(partitions && { partitions }),
    start:
      start.from === "absolute"
        ? { absolute: start.offset }
        : start.from === "end"
          ? { end: start.offset }
          : { beginning: start.offset },
    ...(isolation && { isolation }),
    ...(maxBytes !== undefined && { maxBytes }),
    smartModules: modules,
    ...(consumerId !== undefined && { consumer: consumerId, offsetStrategy: "auto" as const, offsetFlushMs }),
    disableContinuous: !follow,
  };
}

/** The columns of a stored table format. */
export async function tableColumns(cluster: ClusterOptions, name: string): Promise<TableColumn[]> {
  const formats = await withCluster(cluster, (fluvio) => fluvio.admin.tableFormats.list());
  const found = formats.find((format) => format.name === name);
  if (found === undefined) {
    const { tableFormatNotFound } = await import("./not-found.ts");
    throw tableFormatNotFound(name);
  }
  return (found.spec.columns ?? [])
    .filter((column) => column.display !== false)
    .map(({ headerLabel, keyPath }) => ({ label: headerLabel ?? keyPath, keyPath }));
}
