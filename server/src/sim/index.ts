/** Deterministic simulation: the doors of `env` over virtual time, and what may go wrong behind them. */

export { type ClusterOutcome, simulateCluster } from "./cluster-run.ts";
export { type DiskTrouble, SimDisk, SLOWEST_MS } from "./disk.ts";
export { type Life, SimMachine } from "./machine.ts";
export { type FoundRecord, PartitionModel } from "./partition-model.ts";
export { SimRandom } from "./random.ts";
export { batchOf, recordsIn } from "./records.ts";
export { SimFailure, World } from "./world.ts";
