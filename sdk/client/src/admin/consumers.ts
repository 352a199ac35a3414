/** The offsets that the cluster keeps for consumer ids, on the leader of `consumer-offset-0`. */
import { type ConsumerOffset, DeleteConsumerOffsetApi, FetchConsumerOffsetsApi } from "@smdk/protocol";
import type { Cluster } from "../cluster/cluster.ts";
import { serverError } from "../error.ts";
import type { CallOptions } from "./requests.ts";

export class ConsumerAdmin {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  /** Stored offsets: all, or those of a topic partition and of a consumer id. */
  async list(
    options: CallOptions & { consumer?: string; topic?: string; partition?: number } = {},
  ): Promise<ConsumerOffset[]> {
    const { consumer, topic, partition, signal } = options;
    const spu = await this.cluster.leader("consumer-offset", 0, { signal });
    const replicaId = topic === undefined || partition === undefined ? null : { topic, partition };
    const filterOpts =
      replicaId === null && consumer === undefined ? null : { replicaId, consumerId: consumer ?? null };
    const answer = await spu.request(FetchConsumerOffsetsApi, { filterOpts }, { signal });
    if (answer.errorCode.kind !== "None") throw serverError(answer.errorCode);
    // what the cluster cannot filter, or is too old to filter, is filtered here
    return answer.consumers.filter(
      ({ consumerId, replicaId: replica }) =>
        (consumer === undefined || consumerId === consumer) &&
        (topic === undefined || replica.topic === topic) &&
        (partition === undefined || replica.partition === partition),
    );
  }

  /** Forgets one offset; one that does not exist is no error. */
  async delete(consumer: string, topic: string, partition: number, options: CallOptions = {}): Promise<void> {
    const spu = await this.cluster.leader("consumer-offset", 0, { signal: options.signal });
    const answer = await spu.request(
      DeleteConsumerOffsetApi,
      { replicaId: { topic, partition }, consumerId: consumer },
      options,
    );
    if (answer.errorCode.kind !== "None") throw serverError(answer.errorCode);
  }
}
