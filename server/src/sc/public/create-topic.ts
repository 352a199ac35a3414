// Create for topics: the checks in Fluvio's order, then the wait until every partition can be used.
import { type CreateRequest, replicaKeyText, type Status, type TopicSpec } from "@smdk/protocol";
import { errorText } from "../../error.ts";
import { partitionCount } from "../controllers/topics.ts";
import { deadline } from "../deadline.ts";
import { parsePackageKey, storeIdOf } from "../package-key.ts";
import { replicaSpecProblem, topicConfigProblem, topicNameProblem } from "../topic-checks.ts";
import { until } from "../until.ts";
import { ok, refused, type ScContext, SPU_WAIT_MS, storeObject } from "./context.ts";

type CreateTopic = Extract<CreateRequest, { type: "Topic" }>;

/** Answers when the topic can be used, or why it cannot. `signal` ends the wait, not the topic. */
export async function createTopic(
  context: ScContext,
  request: CreateTopic,
  signal: AbortSignal,
): Promise<Status> {
  const { name, dryRun, spec } = request;
  const refusal = await context.topicLocks.run(name, async () => {
    const problem = checkTopic(context, name, spec);
    if (problem !== null || dryRun) return problem;
    await removeRemains(context, name, signal);
    const failure = await storeTopic(context, name, spec);
    return failure === null ? null : refused(name, { kind: "TopicNotProvisioned" }, `error: ${failure}`);
  });
  if (refusal !== null) return refusal;
  if (dryRun || spec.replicas.kind === "Mirror") return ok(name);
  return untilUsable(context, name, partitionCount(spec), signal);
}

function checkTopic({ stores }: ScContext, name: string, spec: TopicSpec): Status | null {
  const nameProblem = topicNameProblem(name);
  if (nameProblem !== null) {
    return refused(name, { kind: "TopicInvalidName" }, `Invalid topic name: '${name}'. ${nameProblem}`);
  }
  if (stores.topics.has(name)) {
    return refused(name, { kind: "TopicAlreadyExists" }, `Topic '${name}' already exists`);
  }
  if (stores.topics.isUnreadable(name)) {
    const message = `the metadata of topic '${name}' is damaged: repair or remove its file, then restart`;
    return refused(name, { kind: "TopicError" }, message);
  }
  const configProblem = topicConfigProblem(spec);
  if (configProblem !== null) return refused(name, { kind: "TopicInvalidConfiguration" }, configProblem);
  const deduplication = checkDeduplication(spec, (key) => stores.smartModules.has(key));
  if (deduplication !== null) return deduplication;
  const spuIds = new Set([...stores.spus.values()].map((spu) => spu.spec.id));
  const replicaProblem = replicaSpecProblem(spec.replicas, (id) => spuIds.has(id));
  return replicaProblem === null ? null : refused(name, { kind: "TopicError" }, replicaProblem);
}

/** The Status of a deduplication problem is about the SmartModule and bears its name. */
function checkDeduplication(spec: TopicSpec, isStored: (key: string) => boolean): Status | null {
  const uses = spec.deduplication?.filter.transform.uses;
  if (uses === undefined) return null;
  const key = parsePackageKey(uses);
  if ("error" in key) {
    return refused(uses, { kind: "DeduplicationSmartModuleNameInvalid", value: key.error }, key.error);
  }
  if (isStored(storeIdOf(key))) return null;
  const hint = `Hint: try \`fluvio hub sm download ${uses}\` and repeat this operation`;
  const message = `Deduplication SmartModule is not loaded into the cluster\n${hint}`;
  return refused(uses, { kind: "DeduplicationSmartModuleNotLoaded" }, message);
}

/** Partitions without a topic, left by a crash or a removed file, are not what a new topic should begin with. */
async function removeRemains(
  { env, log, removals }: ScContext,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const remains = removals.partitionsOf(name);
  if (remains.length === 0) return;
  log.warn({ topic: name, partitions: remains.length }, "deleting partitions that have no topic");
  await removals.removeTopic(name, remains);
  const keys = remains.map(({ id }) => replicaKeyText({ topic: name, partition: id }));
  const limit = deadline(env.clock, SPU_WAIT_MS, signal);
  await removals.untilFree(keys, limit.signal).catch(() => {});
  limit.dispose();
}

async function storeTopic({ stores }: ScContext, name: string, spec: TopicSpec): Promise<string | null> {
  const failure = await storeObject(stores.topics, name, spec);
  if (failure === null) return null;
  // The controllers may have been quicker than the disk.
  for (let id = 0; id < partitionCount(spec); id += 1) {
    stores.partitions.delete(replicaKeyText({ topic: name, partition: id }));
  }
  return failure;
}

async function untilUsable(
  context: ScContext,
  name: string,
  count: number,
  outer: AbortSignal,
): Promise<Status> {
  const { topics, partitions } = context.stores;
  const keys = Array.from({ length: count }, (_, partition) => replicaKeyText({ topic: name, partition }));
  const isOnline = (key: string): boolean => partitions.get(key)?.status.resolution === "Online";
  let next = 0;
  const limit = deadline(context.env.clock, context.topicWaitMs, outer);
  try {
    const isSettled = (): boolean => {
      while (next < count && isOnline(keys[next]!)) next += 1;
      return next === count || !topics.has(name);
    };
    const subscribe = (check: () => void): (() => void) => {
      const stops = [topics.onChange(check), partitions.onChange(check)];
      return () => {
        for (const stop of stops) stop();
      };
    };
    await until(isSettled, subscribe, limit.signal).catch(() => {});
  } finally {
    limit.dispose();
  }
  if (next < count) {
    const online = keys.filter(isOnline).length;
    return refused(name, { kind: "TopicNotProvisioned" }, `only ${online} out of ${count} provisioned`);
  }
  try {
    await Promise.all([topics.persisted(name), ...keys.map((key) => partitions.persisted(key))]);
    return ok(name);
  } catch (error) {
    return refused(name, { kind: "TopicNotProvisioned" }, `error: ${errorText(error)}`);
  }
}
