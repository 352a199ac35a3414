// Which SPUs the replicas of a topic go to. A pure function of what is stored, so that the same cluster always
// gives the same answer (server-behaviour 1.11).

/** Where the replicas of one existing partition are. */
export interface PlacedPartition {
  readonly leader: number;
  readonly replicas: readonly number[];
}

export interface PlacementRequest {
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Rows of the topic that exist already; those of the right length are kept. */
  readonly current: ReadonlyMap<number, readonly number[]>;
  /** Number of SPUs that are registered, online or not. */
  readonly registered: number;
  /** Ids of the SPUs that are online. */
  readonly online: readonly number[];
  /** Partitions of all topics. */
  readonly existing: Iterable<PlacedPartition>;
}

/** Partition → SPU ids, leader first; null if the cluster has not enough SPUs for it. */
export function placeReplicas(request: PlacementRequest): Map<number, number[]> | null {
  const { partitions, replicationFactor, current, registered } = request;
  if (registered < replicationFactor) return null;
  const online = [...request.online].sort((a, b) => a - b);
  const leaders = new Load(online);
  const followers = new Load(online);
  for (const { leader, replicas } of request.existing) {
    leaders.add(leader);
    for (const id of replicas) if (id !== leader) followers.add(id);
  }

  const rows = new Map<number, number[]>();
  for (let index = 0; index < partitions; index += 1) {
    const kept = current.get(index);
    if (kept?.length === replicationFactor) {
      rows.set(index, [...kept]);
      continue;
    }
    const leader = leaders.least([]);
    if (leader === undefined) return null;
    leaders.add(leader);
    const row = [leader];
    while (row.length < replicationFactor) {
      const follower = followers.least(row);
      if (follower === undefined) return null;
      followers.add(follower);
      row.push(follower);
    }
    rows.set(index, row);
  }
  return rows;
}

/** How many replicas each SPU has. */
class Load {
  readonly #counts: Map<number, number>;

  constructor(ids: readonly number[]) {
    this.#counts = new Map(ids.map((id) => [id, 0]));
  }

  add(id: number): void {
    const count = this.#counts.get(id);
    if (count !== undefined) this.#counts.set(id, count + 1);
  }

  /** The SPU with the least load that is not in `row`; the lowest id among equals. */
  least(row: readonly number[]): number | undefined {
    let best: number | undefined;
    let bestCount = Number.POSITIVE_INFINITY;
    for (const [id, count] of this.#counts) {
      if (count < bestCount && !row.includes(id)) {
        best = id;
        bestCount = count;
      }
    }
    return best;
  }
}
