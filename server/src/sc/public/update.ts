// The Update API: adds partitions or mirrors to topics (wire-protocol 3.2.6).
import {
  type ErrorCode,
  replicaKeyText,
  type Status,
  type TopicSpec,
  type UpdateRequest,
} from "@smdk/protocol";
import { replicaSpecProblem } from "../topic-checks.ts";
import { ok, refused, type ScContext, storeObject } from "./context.ts";

/** The spec a topic is to have, or why it cannot. */
type Outcome = { replicas: TopicSpec["replicas"] } | { errorCode: ErrorCode; message: string | null };

export async function handleUpdate(context: ScContext, request: UpdateRequest): Promise<Status> {
  if (request.type === "Unknown") {
    return refused("update error", { kind: "Other", value: "unknown admin object type" }, null);
  }
  const { key: name, action } = request;
  return context.topicLocks.run(name, async () => {
    const topic = context.stores.topics.get(name);
    if (topic === undefined) return refused(name, { kind: "TopicNotFound" }, "not found");
    const outcome =
      action.kind === "AddPartition"
        ? addPartitions(name, topic.spec, action.numberOfPartition)
        : addMirror(context, name, topic.spec, action.remoteCluster);
    if ("errorCode" in outcome) return refused(name, outcome.errorCode, outcome.message);
    const spec = { ...topic.spec, replicas: outcome.replicas };
    const failure = await storeObject(context.stores.topics, name, spec);
    return failure === null ? ok(name) : refused(name, { kind: "TopicError" }, failure);
  });
}

function addPartitions(name: string, { replicas, system }: TopicSpec, count: number): Outcome {
  if (system) return systemTopic(name);
  if (replicas.kind !== "Computed") return invalidReplicaType({ kind: "TopicInvalidReplicaType" });
  const grown = { ...replicas, partitions: replicas.partitions + count };
  const problem = replicaSpecProblem(grown, () => true);
  return problem === null ? { replicas: grown } : { errorCode: { kind: "TopicError" }, message: problem };
}

function addMirror({ stores }: ScContext, name: string, spec: TopicSpec, remoteCluster: string): Outcome {
  const mirror = stores.mirrors.get(remoteCluster)?.spec.mirrorType;
  if (mirror === undefined) return { errorCode: { kind: "MirrorNotFound" }, message: "not found" };
  if (mirror.kind !== "Remote") {
    return { errorCode: { kind: "MirrorInvalidType" }, message: "remote cluster is not a remote mirror" };
  }
  const { replicas, system } = spec;
  if (replicas.kind !== "Mirror") return invalidReplicaType({ kind: "TopicError" });
  const home = replicas.value;
  if (home.kind === "Home") {
    const taken = home.partitions.findIndex((partition) => partition.remoteCluster === remoteCluster);
    if (taken >= 0) {
      const message = `remote "${remoteCluster}" is already assigned to partition: "${taken}"`;
      return { errorCode: { kind: "MirrorAlreadyExists" }, message };
    }
  }
  if (system) return systemTopic(name);
  if (home.kind !== "Home") return invalidReplicaType({ kind: "TopicInvalidReplicaType" });
  const remoteReplica = replicaKeyText({ topic: name, partition: 0 });
  const added = { remoteCluster, remoteReplica, source: home.source };
  return { replicas: { kind: "Mirror", value: { ...home, partitions: [...home.partitions, added] } } };
}

function systemTopic(name: string): Outcome {
  return { errorCode: { kind: "SystemSpecUpdatingAttempt", objectKind: "topic", name }, message: null };
}

function invalidReplicaType(errorCode: ErrorCode): Outcome {
  return { errorCode, message: "invalid replica type" };
}
