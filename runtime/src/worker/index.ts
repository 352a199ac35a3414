/** Chains in worker threads; needs Node.js. */
export {
  type AsyncChain,
  type ChainOutputs,
  ChainWorkers,
  type ChainWorkersOptions,
  type GuestLine,
  inlineChain,
  type WorkerChainOptions,
} from "./chain-workers.ts";
export { GuestLines } from "./guest-lines.ts";
